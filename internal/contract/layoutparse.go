package contract

import (
	"bytes"
	"strings"
)

// layoutState is what a layout's letters gather besides the civil time itself.
type layoutState struct {
	pm, half  bool // %p was PM; %I was used
	dayOfYear int  // %j
	hasDay    bool
	epoch     int64 // %s
	hasEpoch  bool
}

// parse reads text, all of it.
func (l layout) parse(text []byte, c *civil) bool {
	*c = civil{month: 1, day: 1}
	var state layoutState
	for i := range l.steps {
		var ok bool
		if text, ok = l.steps[i].parse(text, c, &state); !ok {
			return false
		}
	}
	return len(text) == 0 && state.finish(c)
}

func (s layoutStep) parse(text []byte, c *civil, state *layoutState) (rest []byte, ok bool) {
	switch s.letter {
	case 0:
		if len(text) < len(s.text) || string(text[:len(s.text)]) != s.text {
			return text, false
		}
		return text[len(s.text):], true
	case 'Y':
		if len(text) < 4 {
			return text, false
		}
		c.year, ok = fixedDigits(text[:4])
		return text[4:], ok
	case 'y':
		rest, ok = upTo(2, text, &c.year)
		// The century is POSIX's: 69 to 99 are of the twentieth.
		if c.year += 2000; c.year > 2068 {
			c.year -= 100
		}
		return rest, ok
	case 'm':
		return upTo(2, text, &c.month)
	case 'e':
		return upTo(2, bytes.TrimPrefix(text, []byte(" ")), &c.day)
	case 'd':
		return upTo(2, text, &c.day)
	case 'j':
		state.hasDay = true
		return upTo(3, text, &state.dayOfYear)
	case 'H':
		return upTo(2, text, &c.hour)
	case 'I':
		state.half = true
		rest, ok = upTo(2, text, &c.hour)
		return rest, ok && c.hour >= 1 && c.hour <= 12
	case 'M':
		return upTo(2, text, &c.minute)
	case 'S':
		return upTo(2, text, &c.second)
	case 'f':
		return parseFraction(text, c)
	case 'z':
		return parseOffset(text, c, false)
	case 's':
		return state.parseEpoch(text)
	case 'b', 'B':
		c.month, rest = namedIndex(text, monthNames, s.letter == 'b')
		return rest, c.month > 0
	case 'a', 'A':
		day, rest := namedIndex(text, dayNames, s.letter == 'a')
		return rest, day > 0
	case 'p':
		half, rest := namedIndex(text, "AM,PM", false)
		state.pm = half == 2
		return rest, half > 0
	}
	return text, false
}

func (state *layoutState) parseEpoch(text []byte) (rest []byte, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	var v int
	rest, ok = upTo(12, text, &v)
	state.epoch, state.hasEpoch = int64(v), true
	if negative {
		state.epoch = -state.epoch
	}
	return rest, ok
}

// finish brings together what several letters said.
func (state *layoutState) finish(c *civil) bool {
	if state.half {
		c.hour %= 12
		if state.pm {
			c.hour += 12
		}
	}
	if state.hasDay {
		for c.month, c.day = 1, state.dayOfYear; c.month <= 12 && c.day > daysIn(c.year, c.month); c.month++ {
			c.day -= daysIn(c.year, c.month)
		}
	}
	if state.hasEpoch {
		c.setEpoch(state.epoch)
	}
	return true
}

// upTo reads one to most digits.
func upTo(most int, text []byte, v *int) (rest []byte, ok bool) {
	n, i := 0, 0
	for i < len(text) && i < most && text[i] >= '0' && text[i] <= '9' {
		n = n*10 + int(text[i]-'0')
		i++
	}
	*v = n
	return text[i:], i > 0
}

const (
	monthNames = "January,February,March,April,May,June,July,August,September,October,November,December"
	dayNames   = "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"
)

// namedIndex finds which of the names, counted from 1, text begins with, in any case; 0 is none.
// short compares first three letters only.
func namedIndex(text []byte, names string, short bool) (index int, rest []byte) {
	for index = 1; names != ""; index++ {
		var name string
		name, names, _ = strings.Cut(names, ",")
		if short {
			name = name[:3]
		}
		if len(text) >= len(name) && strings.EqualFold(string(text[:len(name)]), name) {
			return index, text[len(name):]
		}
	}
	return 0, text
}
