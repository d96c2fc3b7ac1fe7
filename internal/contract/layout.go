package contract

import (
	"errors"
	"fmt"
	"strings"
)

// layout is a compiled date or timestamp layout: strftime's letters, as Python, DuckDB and date(1)
// read them.
type layout struct{ steps []layoutStep }

// layoutStep reads one letter's worth of text, or text that must stand there as it is.
type layoutStep struct {
	letter byte // 0: literal
	text   string
}

// What letters stand for that are short for others.
const (
	isoDate = "%Y-%m-%d"
	isoTime = "%H:%M:%S"
	usDate  = "%m/%d/%y"
)

// layoutLetters are the letters that a layout may use.
const layoutLetters = "YymdebBjHIMSfpzsaA"

// compileLayout reads a layout. The error's text says what to write instead.
func compileLayout(text string) (layout, error) {
	if !strings.Contains(text, "%") {
		return layout{}, errors.New(`write it with strftime's letters, such as "%Y-%m-%d %H:%M:%S"`)
	}
	text = strings.NewReplacer("%%", "%%", "%F", isoDate, "%T", isoTime, "%D", usDate, "%R", "%H:%M", "%h", "%b").Replace(text)
	var l layout
	have := map[byte]bool{}
	for len(text) > 0 {
		at := strings.IndexByte(text, '%')
		if at != 0 {
			if at < 0 {
				at = len(text)
			}
			l.steps = append(l.steps, layoutStep{text: text[:at]})
			text = text[at:]
			continue
		}
		if len(text) == 1 {
			return layout{}, errors.New("write %% for a percent sign")
		}
		letter := text[1]
		switch {
		case letter == '%':
			l.steps = append(l.steps, layoutStep{text: "%"})
		case strings.IndexByte(layoutLetters, letter) < 0:
			return layout{}, fmt.Errorf("%%%c is not known: use %%Y %%m %%d %%H %%M %%S %%f %%z %%y %%b %%B %%e %%I %%p %%s %%a %%A %%F %%T", letter)
		default:
			have[letter] = true
			l.steps = append(l.steps, layoutStep{letter: letter})
		}
		text = text[2:]
	}
	day := have['d'] || have['e']
	month := have['m'] || have['b'] || have['B']
	year := have['Y'] || have['y']
	if !have['s'] && (!year || !have['j'] && (!month || !day)) {
		return layout{}, errors.New("a layout needs year, month and day, such as %Y-%m-%d")
	}
	if have['I'] != have['p'] {
		return layout{}, errors.New("%I (hour 1 to 12) and %p (AM or PM) go together; %H is the hour 0 to 23")
	}
	return l, nil
}

// hasOffset reports whether times read by the layout say how far from UTC they are.
func (l layout) hasOffset() bool {
	for _, s := range l.steps {
		if s.letter == 'z' || s.letter == 's' {
			return true
		}
	}
	return false
}
