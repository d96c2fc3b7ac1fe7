package infer

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/penstock/penstock/internal/document"
)

// values counts what the values of one field are, over all events of a type.
type values struct {
	// nulls are null; the others, but for empty texts, are what types are concluded from.
	nulls, empty int
	seen         int

	booleans, numbers, texts, arrays int
	// whole numbers have no point; scientific ones an exponent.
	whole, scientific int
	// Of the texts: plain numbers, those of them without a point, and with a zero in front.
	numeric, digits, zeroLed   int
	truths, uuids, dates, full int
	// layouts counts the texts that each of the known layouts reads.
	layouts [len(knownLayouts)]int
	// before and after are the most digits before and after the point, of numbers and numeric texts.
	before, after int
	least, most   float64
	// newest is the latest time, by any way of writing it; zero when there is none.
	newest  time.Time
	longest int
	mails   int

	// distinct are the values as text, and how often each comes, until there are too many.
	distinct map[string]int
}

// maxDistinct bounds the distinct values that are kept of a field: MaxEvents, for a key has as many.
const maxDistinct = MaxEvents

var (
	plainNumber = regexp.MustCompile(`^-?([0-9]{1,30})(?:\.([0-9]{1,30}))?$`)
	fractional  = regexp.MustCompile(`:[0-9]{2}\.[0-9]`)
	mailAddress = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
)

// add looks at one value that is no object.
func (v *values) add(value document.Value) {
	var text string
	switch value.Kind() {
	case document.Null:
		v.nulls++
		return
	case document.Array, document.Object:
		v.seen++
		v.arrays++
		return
	case document.Bool:
		text = strconv.FormatBool(value.Bool())
		v.booleans++
	case document.Number:
		text = string(value.Number())
		v.numbers++
		v.number(text)
	case document.String:
		text = string(value.Text())
		if text == "" {
			v.empty++
			return
		}
		v.texts++
		v.text(text)
	}
	v.seen++
	if v.distinct == nil {
		v.distinct = map[string]int{}
	}
	if len(v.distinct) < maxDistinct {
		v.distinct[text]++
	}
}

func (v *values) number(text string) {
	if strings.ContainsAny(text, "eE") {
		v.scientific++
	} else if parts := plainNumber.FindStringSubmatch(text); parts != nil {
		v.size(parts)
	} else {
		v.scientific++ // more digits than any decimal has
	}
}

func (v *values) size(parts []string) {
	if parts[2] == "" {
		v.whole++
	}
	v.before, v.after = max(v.before, len(strings.TrimLeft(parts[1], "0"))), max(v.after, len(parts[2]))
	n, err := strconv.ParseFloat(parts[0], 64)
	if err != nil {
		return
	}
	if v.most == 0 && v.least == 0 {
		v.least, v.most = n, n
	}
	v.least, v.most = math.Min(v.least, n), math.Max(v.most, n)
}

func (v *values) text(text string) {
	v.longest = max(v.longest, len(text))
	if parts := plainNumber.FindStringSubmatch(text); parts != nil {
		v.numeric++
		v.size(parts)
		if parts[2] == "" {
			v.digits++
		}
		if len(parts[1]) > 1 && parts[1][0] == '0' {
			v.zeroLed++
		}
		return
	}
	if strings.EqualFold(text, "true") || strings.EqualFold(text, "false") {
		v.truths++
	}
	if mailAddress.MatchString(text) {
		v.mails++
	}
	if len(text) == 36 && uuid.Validate(text) == nil {
		v.uuids++
	}
	if len(text) <= 40 {
		v.time(text)
	}
}

func (v *values) time(text string) {
	read := func(layout string, count *int) {
		if at, err := time.Parse(layout, text); err == nil {
			*count++
			if at.After(v.newest) {
				v.newest = at
			}
		}
	}
	read(time.DateOnly, &v.dates)
	read(time.RFC3339, &v.full)
	read("2006-01-02 15:04:05Z07:00", &v.full)
	fraction := fractional.MatchString(text)
	for i, layout := range knownLayouts {
		if fraction == strings.HasSuffix(layout.words, ".%f") { // Go reads a fraction without being told of one
			read(layout.goLayout, &v.layouts[i])
		}
	}
}

// layout is a way in which texts give a day or a time, as Go and as a contract write it.
type layout struct {
	goLayout, words string
	date            bool
}

// knownLayouts are tried in their order. Where days and months can be taken for each other, both
// read the text and neither is proposed.
var knownLayouts = [...]layout{
	{"2006-01-02 15:04:05", "%Y-%m-%d %H:%M:%S", false},
	{"2006-01-02 15:04:05.999999999", "%Y-%m-%d %H:%M:%S.%f", false},
	{"2006-01-02T15:04:05", "%Y-%m-%dT%H:%M:%S", false},
	{"2006-01-02T15:04:05.999999999", "%Y-%m-%dT%H:%M:%S.%f", false},
	{"2006-01-02 15:04", "%Y-%m-%d %H:%M", false},
	{"2006-01-02T15:04", "%Y-%m-%dT%H:%M", false},
	{"2006/01/02", "%Y/%m/%d", true},
	{"2006/01/02 15:04:05", "%Y/%m/%d %H:%M:%S", false},
	{"02.01.2006", "%d.%m.%Y", true},
	{"02.01.2006 15:04", "%d.%m.%Y %H:%M", false},
	{"02.01.2006 15:04:05", "%d.%m.%Y %H:%M:%S", false},
	{"02/01/2006", "%d/%m/%Y", true},
	{"01/02/2006", "%m/%d/%Y", true},
	{"02/01/2006 15:04", "%d/%m/%Y %H:%M", false},
	{"01/02/2006 15:04", "%m/%d/%Y %H:%M", false},
	{"02/01/2006 15:04:05", "%d/%m/%Y %H:%M:%S", false},
	{"01/02/2006 15:04:05", "%m/%d/%Y %H:%M:%S", false},
	{"02/Jan/2006:15:04:05 -0700", "%d/%b/%Y:%H:%M:%S %z", false},
	{"Mon, 02 Jan 2006 15:04:05 -0700", "%a, %d %b %Y %H:%M:%S %z", false},
}

// layoutsOfAll are the layouts that together read all texts: one, or one with and one without a
// fraction of seconds. There are none when days and months could be taken for each other.
func (v *values) layoutsOfAll() []layout {
	var found []layout
	for i, l := range knownLayouts {
		switch {
		case v.texts == 0:
		case v.layouts[i] == v.texts:
			found = append(found, l)
		case i+1 < len(v.layouts) && v.layouts[i] > 0 && v.layouts[i]+v.layouts[i+1] == v.texts && l.words+".%f" == knownLayouts[i+1].words:
			return []layout{l, knownLayouts[i+1]}
		}
	}
	if len(found) > 1 && strings.Contains(found[0].words, "/") {
		return nil
	}
	return found[:min(1, len(found))]
}

// unique says that no value comes twice, and that there are several.
func (v *values) unique() bool { return v.seen > 1 && len(v.distinct) == v.seen }

func itoa(n int) string { return strconv.Itoa(n) }
