package access

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const (
	password = "correct horse battery"
	secret   = "0123456789abcdef"
	own      = "the pipeline's own token"
)

// clock is a time that only the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var home = netip.MustParseAddr("192.0.2.1")

// testHash is the hash of password, made once: each takes a while.
var testHash = func() Hash {
	text, err := HashPassword(password)
	if err != nil {
		panic(err)
	}
	h, err := ParseHash(text)
	if err != nil {
		panic(err)
	}
	return h
}()

func newDoor(t *testing.T) (*Door, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	door, err := New(Config{Token: own, Now: c.now, Rules: Rules{
		Users:  []User{{Identity{"anna", Operator}, testHash}, {Identity{"shop", Viewer}, testHash}},
		Tokens: []Token{{Identity{"wall", Viewer}, secret}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return door, c
}

func TestOnlyTheRightPasswordLogsIn(t *testing.T) {
	door, _ := newDoor(t)
	for _, c := range []struct {
		user, password string
		want           Role
	}{
		{"anna", password, Operator}, {"shop", password, Viewer},
		{"anna", password + " ", Nobody}, {"anna", "", Nobody}, {"Anna", password, Nobody}, {"", password, Nobody}, {"nobody", password, Nobody},
		{"anna", strings.Repeat("x", MaxPasswordBytes+1), Nobody},
	} {
		id, who, err := door.Login(t.Context(), home, c.user, c.password)
		if who.Role != c.want || (c.want == Nobody) != errors.Is(err, ErrWrong) || (id != "") != (c.want != Nobody) {
			t.Errorf("%q %q: %v, %v", c.user, c.password, who, err)
		}
	}
}

func TestTokens(t *testing.T) {
	door, _ := newDoor(t)
	for token, want := range map[string]Role{own: Operator, secret: Viewer, "": Nobody, secret + "x": Nobody, secret[1:]: Nobody} {
		if who, ok := door.Bearer(token); who.Role != want || ok != (want != Nobody) {
			t.Errorf("%q: %v %v", token, who, ok)
		}
	}
	if _, who, err := door.LoginToken(home, secret); err != nil || who.Name != "wall" {
		t.Errorf("%v, %v", who, err)
	}
	if _, err := New(Config{Token: own, Rules: Rules{Tokens: []Token{{Identity{"short", Viewer}, secret[1:]}}}}); err == nil {
		t.Error("a token of 15 characters was taken")
	}
	if _, err := New(Config{}); err == nil {
		t.Error("an empty token was taken")
	}
}

// A user that does not exist costs what a wrong password costs. The bound is loose, for a busy machine; without the
// decoy one is a thousand times faster.
func TestAnUnknownUserTakesAsLongAsAWrongPassword(t *testing.T) {
	took := func(user string) time.Duration {
		door, _ := newDoor(t)
		least := time.Hour
		for range 5 {
			began := time.Now()
			_, _, _ = door.Login(t.Context(), home, user, "wrong password")
			least = min(least, time.Since(began))
		}
		return least
	}
	if known, unknown := took("anna"), took("nobody"); unknown < known/20 || unknown > known*20 {
		t.Errorf("a known user takes %v, an unknown one %v", known, unknown)
	}
}

func TestFailedLoginsAreLimited(t *testing.T) {
	door, c := newDoor(t)
	try := func(from, user, with string) error {
		_, _, err := door.Login(t.Context(), netip.MustParseAddr(from), user, with)
		return err
	}
	// One user, from many addresses.
	for i := range userBurst {
		if err := try(fmt.Sprintf("198.51.100.%d", i), "anna", "wrong password"); !errors.Is(err, ErrWrong) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	many, ok := errors.AsType[*TooManyError](try("203.0.113.1", "anna", password))
	if !ok || many.Wait <= 0 || many.Wait > userPause {
		t.Fatalf("attempt %d: %v", userBurst+1, many)
	}
	c.at = c.at.Add(many.Wait)
	for range 2 * userBurst { // those that succeed are not counted
		if err := try("203.0.113.1", "anna", password); err != nil {
			t.Fatal(err)
		}
	}
	// One address, with many users; an IPv6 customer is one address.
	for i := range addressBurst {
		if err := try(fmt.Sprintf("2001:db8:1:2::%x", i), fmt.Sprint("user", i), "x"); !errors.Is(err, ErrWrong) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	if _, ok := errors.AsType[*TooManyError](try("2001:db8:1:2:3::1", "shop", password)); !ok {
		t.Error("one address may try for ever")
	}
	if err := try("2001:db8:1:3::1", "shop", password); err != nil {
		t.Errorf("the neighbour is locked out as well: %v", err)
	}
	c.at = c.at.Add(-time.Hour) // a clock that is set back forgets nothing
	if _, ok := errors.AsType[*TooManyError](try("2001:db8:1:2:3::1", "shop", password)); !ok {
		t.Error("setting the clock back made room")
	}
}

func TestASessionEndsByItsTimesAndByLogout(t *testing.T) {
	door, c := newDoor(t)
	start := func() string {
		id, _, err := door.LoginToken(home, secret)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	valid := func(id string) bool {
		_, _, leave, ok := door.Visit(id)
		if ok {
			leave()
		}
		return ok
	}
	idle := start()
	c.at = c.at.Add(SessionIdle - time.Second)
	if !valid(idle) {
		t.Error("it ended before it was idle for long enough")
	}
	c.at = c.at.Add(SessionIdle)
	if valid(idle) {
		t.Error("an idle session goes on")
	}
	// Use keeps it alive, but not beyond its life.
	used := start()
	for range 2*7 - 1 {
		c.at = c.at.Add(SessionIdle - time.Second)
		if !valid(used) {
			t.Fatal("a session in use ended")
		}
	}
	c.at = c.at.Add(SessionIdle)
	if valid(used) {
		t.Error("a session outlives its week")
	}
	// A live view keeps its session in use, and ends with it.
	watching := start()
	_, ended, leave, _ := door.Visit(watching)
	c.at = c.at.Add(2 * SessionIdle)
	if !valid(watching) {
		t.Error("an open view did not keep its session")
	}
	door.Logout(watching)
	if valid(watching) || ended.Err() == nil {
		t.Error("the view outlives the logout")
	}
	leave()
	for _, id := range []string{"", "x", watching} {
		if valid(id) {
			t.Errorf("session %q exists", id)
		}
	}
}

func TestSessionsAreBounded(t *testing.T) {
	door, c := newDoor(t)
	var ids []string
	for range maxSessions + 1 {
		c.at = c.at.Add(time.Second)
		id, _, err := door.LoginToken(home, secret)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	_, _, _, first := door.Visit(ids[0])
	_, _, _, second := door.Visit(ids[1])
	if first || !second || len(door.sessions.byID) != maxSessions {
		t.Errorf("%d sessions; the oldest %v, the next %v", len(door.sessions.byID), first, second)
	}
}

func TestHashesThatAreTaken(t *testing.T) {
	salt, key := "c29tZXNhbHQ", "dGhpcyBpcyBhIGtleSBvZiAzMiBieXRlcyBpbiBhbGw"
	for text, taken := range map[string]bool{
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key:       true,
		"$argon2id$v=19$m=65536,t=10,p=8$" + salt + "$" + key:      true,
		"$argon2id$v=19$m=65537,t=10,p=8$" + salt + "$" + key:      false,
		"$argon2id$v=19$m=65536,t=11,p=8$" + salt + "$" + key:      false,
		"$argon2id$v=19$m=7167,t=5,p=1$" + salt + "$" + key:        false,
		"$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key:       false,
		"$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key:       false,
		"$argon2id$v=19$m=19456,t=2,p=1,x=1$" + salt + "$" + key:   false,
		"$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key:       false,
		"$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key:        false,
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$dG9vIHNob3J0": false,
		"$argon2id$v=19$m=19456,t=2,p=1$$" + key:                   false,
		"$2y$10$abcdefghijklmnopqrstuuA":                           false, password: false, "": false,
	} {
		h, err := ParseHash(text)
		if (err == nil) != taken {
			t.Errorf("%s: %v", text, err)
		}
		if err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the text: %v", err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", h, h, h), "somesalt") {
			t.Error("a hash is printed")
		}
	}
}

func TestPasswordsHaveBounds(t *testing.T) {
	for n, taken := range map[int]bool{MinPasswordBytes - 1: false, MinPasswordBytes: true, MaxPasswordBytes: true, MaxPasswordBytes + 1: false} {
		if _, err := HashPassword(strings.Repeat("p", n)); (err == nil) != taken {
			t.Errorf("%d characters: %v", n, err)
		}
	}
}

func TestATokenIsNeverPrinted(t *testing.T) {
	token := Token{Identity{"wall", Viewer}, secret}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", token)
	if printed := fmt.Sprintf("%v %+v %#v %s", token, token, token, log.String()); strings.Contains(printed, secret) {
		t.Error(printed)
	}
}
