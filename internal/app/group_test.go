package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestGroupStopsInReverseOrder(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	g := newGroup(ctx)
	var order []string
	for _, name := range []string{"log", "loader", "front door"} {
		g.onStop(name, func() error {
			order = append(order, name)
			return nil
		})
	}
	cancel()
	if err := g.wait(ctx); err != nil {
		t.Fatal(err)
	}
	if err := g.stop(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"front door", "loader", "log"}; !slices.Equal(order, want) {
		t.Errorf("stopped %v, want %v", order, want)
	}
}

func TestGroupEndsWhenAComponentFails(t *testing.T) {
	ctx := context.Background()
	g := newGroup(ctx)
	g.onStop("log", func() error { return nil })
	g.start("loader", func(context.Context) error { return errors.New("the disk is gone") })
	if err := g.wait(ctx); err == nil || !strings.Contains(err.Error(), "loader: the disk is gone") {
		t.Errorf("got %v", err)
	}
	if err := g.stop(); err == nil {
		t.Error("stop hides the failure")
	}
}

func TestGroupEndsWhenAComponentEndsByItself(t *testing.T) {
	g := newGroup(context.Background())
	g.start("worker", func(context.Context) error { return nil })
	if err := g.wait(context.Background()); err == nil {
		t.Error("a component that ends by itself goes unnoticed")
	}
	_ = g.stop()
}
