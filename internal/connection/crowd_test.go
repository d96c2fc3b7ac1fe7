package connection

import (
	"context"
	"slices"
	"testing"
)

func TestACrowdLeavesEveryConnectionItsShare(t *testing.T) {
	c := NewCrowd(5)
	greedy, modest := c.Connected(context.Background(), nil), c.Connected(context.Background(), nil)
	var rooms []Room
	var leaves []func()
	enter := func(ctx context.Context) Room {
		room, leave := c.Enter(ctx)
		leaves = append(leaves, leave)
		return room
	}
	for range 12 {
		rooms = append(rooms, enter(greedy))
	}
	want := slices.Concat(slices.Repeat([]Room{Enough}, 5), slices.Repeat([]Room{Full}, 5), slices.Repeat([]Room{Overfull}, 2))
	if !slices.Equal(rooms, want) {
		t.Errorf("one connection's requests find %v, not %v", rooms, want)
	}
	for i, want := range []Room{Enough, Enough, Overfull} {
		if room := enter(modest); room != want {
			t.Errorf("request %d of another finds %v, not %v", i+1, room, want)
		}
	}
	for _, leave := range leaves {
		leave()
	}
	for i := range 5 {
		if room := enter(greedy); room != Enough {
			t.Errorf("request %d finds %v when all have left", i+1, room)
		}
	}
}
