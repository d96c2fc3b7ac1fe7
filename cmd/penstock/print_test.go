package main

import "testing"

// What an event holds must not be obeyed by the terminal of who looks at it.
func TestTerminalsShowWhatTheyMightObey(t *testing.T) {
	const hostile = "could not convert '\x1b]0;title\x07\u009b2J\u202eevil\u2066'\r\n\tLINE 1\x7f"
	if got, want := safeLines(hostile), "could not convert '·]0;title··2J·evil·'·\n\tLINE 1·"; got != want {
		t.Errorf("an error is shown as %q", got)
	}
	if got, want := oneLine(hostile), "could not convert '·]0;title··2J·evil·'···LINE 1·"; got != want {
		t.Errorf("a line is shown as %q", got)
	}
	if usual := "Ünï👩‍👩‍👧 עברית"; oneLine(usual) != usual {
		t.Errorf("a usual text is shown as %q", oneLine(usual))
	}
}
