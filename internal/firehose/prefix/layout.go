package prefix

import (
	"fmt"
	"strings"
	"time"
)

// layout is a pattern of Java's DateTimeFormatter, as far as Firehose's documentation uses it.
type layout []field

// field is a run of one letter, or text that stands as it is.
type field struct {
	letter byte // 0: text
	count  int
	text   string
}

var defaultLayout = layout{
	{letter: 'y', count: 4}, {text: "/"}, {letter: 'M', count: 2}, {text: "/"}, {letter: 'd', count: 2}, {text: "/"}, {letter: 'H', count: 2}, {text: "/"},
}

// letters are those that are understood, with the longest run of each.
var letters = map[byte]int{'y': 4, 'u': 4, 'M': 4, 'L': 4, 'd': 2, 'D': 3, 'E': 4, 'a': 1, 'h': 2, 'H': 2, 'k': 2, 'K': 2, 'm': 2, 's': 2, 'S': 9}

// parseLayout reads a pattern; letters that Java knows and we do not are refused, not passed on.
func parseLayout(text string) (layout, error) {
	if text == "" {
		return nil, fmt.Errorf("!{timestamp:} needs a pattern, such as !{timestamp:yyyy-MM-dd}")
	}
	var l layout
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("the pattern %q has a quote without an end", text)
			}
			quoted := text[i+1 : i+1+end]
			if quoted == "" {
				quoted = "'" // two quotes stand for one
			}
			l = append(l, field{text: quoted})
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(text) && text[i+n] == c {
				n++
			}
			if n > letters[c] {
				return nil, fmt.Errorf("the pattern %q has %q, which is not understood: use y M d H m s and the like, and quote text", text, text[i:i+n])
			}
			l = append(l, field{letter: c, count: n})
			i += n
		default:
			l = append(l, field{text: string(c)})
			i++
		}
	}
	return l, nil
}

func (l layout) format(t time.Time) string {
	var b strings.Builder
	for _, f := range l {
		b.WriteString(f.format(t))
	}
	return b.String()
}

func (f field) format(t time.Time) string {
	padded := func(n int) string { return fmt.Sprintf("%0*d", f.count, n) }
	switch f.letter {
	case 'y', 'u':
		if f.count == 2 {
			return padded(t.Year() % 100)
		}
		return padded(t.Year())
	case 'M', 'L':
		switch f.count {
		case 3:
			return t.Format("Jan")
		case 4:
			return t.Format("January")
		}
		return padded(int(t.Month()))
	case 'd':
		return padded(t.Day())
	case 'D':
		return padded(t.YearDay())
	case 'E':
		if f.count == 4 {
			return t.Format("Monday")
		}
		return t.Format("Mon")
	case 'a':
		return t.Format("PM")
	}
	return f.clock(t, padded)
}

func (f field) clock(t time.Time, padded func(int) string) string {
	switch f.letter {
	case 'H':
		return padded(t.Hour())
	case 'k':
		return padded((t.Hour()+23)%24 + 1)
	case 'K':
		return padded(t.Hour() % 12)
	case 'h':
		return padded((t.Hour()+11)%12 + 1)
	case 'm':
		return padded(t.Minute())
	case 's':
		return padded(t.Second())
	case 'S':
		return fmt.Sprintf("%09d", t.Nanosecond())[:f.count]
	}
	return f.text
}
