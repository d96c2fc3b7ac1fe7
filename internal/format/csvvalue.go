package format

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"
)

// stringBytes is s as bytes that must not be changed.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// appendText appends a CSV field with the text s: the empty text as "", because an empty field
// without quotes is NULL, and quotes around anything a reader could take for something else.
func appendText(b, s []byte) []byte {
	if len(s) == 0 {
		return append(b, '"', '"')
	}
	if !needsQuotes(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	for {
		i := bytes.IndexByte(s, '"')
		if i < 0 {
			break
		}
		b = append(b, s[:i+1]...)
		b = append(b, '"')
		s = s[i+1:]
	}
	b = append(b, s...)
	return append(b, '"')
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// needsQuotes reports whether s (not empty) must be quoted. Besides what RFC 4180 asks for (quote,
// comma, line breaks) these are: a backslash, which Snowflake reads as an escape outside of quotes
// and which makes \N its NULL; control characters; a space at either end, which some readers trim;
// and a leading #, which sniffing readers take for a comment.
func needsQuotes(s []byte) bool {
	first, last := s[0], s[len(s)-1]
	if first == ' ' || last == ' ' || first == '#' {
		return true
	}
	if len(s) < 8 {
		for _, c := range s {
			if c < ' ' || c == '"' || c == ',' || c == '\\' || c == 0x7f {
				return true
			}
		}
		return false
	}
	for ; len(s) > 8; s = s[8:] {
		if special(binary.LittleEndian.Uint64(s)) {
			return true
		}
		if len(s) < 16 {
			// The rest, with a few bytes seen twice.
			return special(binary.LittleEndian.Uint64(s[len(s)-8:]))
		}
	}
	return special(binary.LittleEndian.Uint64(s))
}

// special reports whether one of eight bytes is a control character, a quote, a comma or a
// backslash. Each term has the high bit of some byte set if such a byte is there.
func special(x uint64) bool {
	quote, comma, backslash, del := x^('"'*ones), x^(','*ones), x^('\\'*ones), x^(0x7f*ones)
	found := (x - ' '*ones) & ^x
	found |= (quote - ones) & ^quote
	found |= (comma - ones) & ^comma
	found |= (backslash - ones) & ^backslash
	found |= (del - ones) & ^del
	return found&highs != 0
}

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// appendDouble appends the shortest decimal that reads back as v, with an exponent only for very
// small and very large numbers, as JSON encoders write it.
func appendDouble(b []byte, v float64) []byte {
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

const microsPerDay = 24 * 60 * 60 * 1_000_000

// appendTimestamp appends microseconds since 1970 as 2026-11-22T05:06:07.123456Z.
func appendTimestamp(b []byte, micros int64) []byte {
	days := micros / microsPerDay
	inDay := micros % microsPerDay
	if inDay < 0 {
		days--
		inDay += microsPerDay
	}
	year, month, day := civil(days)
	b = appendYear(b, year)
	b = appendTwo(append(b, '-'), uint(month))
	b = appendTwo(append(b, '-'), uint(day))
	seconds, fraction := uint(inDay/1_000_000), uint(inDay%1_000_000)
	b = appendTwo(append(b, 'T'), seconds/3600)
	b = appendTwo(append(b, ':'), seconds/60%60)
	b = appendTwo(append(b, ':'), seconds%60)
	b = appendTwo(append(b, '.'), fraction/10_000)
	b = appendTwo(b, fraction/100%100)
	b = appendTwo(b, fraction%100)
	return appendEra(append(b, 'Z'), year)
}

// appendDate appends days since 1970 as 2026-11-22.
func appendDate(b []byte, days int64) []byte {
	year, month, day := civil(days)
	b = appendYear(b, year)
	b = appendTwo(append(b, '-'), uint(month))
	b = appendTwo(append(b, '-'), uint(day))
	return appendEra(b, year)
}

// appendYear appends at least four digits; year 0 is 1 BC and is marked by appendEra.
func appendYear(b []byte, year int64) []byte {
	if year <= 0 {
		year = 1 - year
	}
	if year > 9999 {
		return appendInt(b, year)
	}
	b = appendTwo(b, uint(year)/100)
	return appendTwo(b, uint(year)%100)
}

// appendEra marks years before the first as DuckDB reads them.
func appendEra(b []byte, year int64) []byte {
	if year <= 0 {
		return append(b, " (BC)"...)
	}
	return b
}

const digitPairs = "00010203040506070809" + "10111213141516171819" + "20212223242526272829" +
	"30313233343536373839" + "40414243444546474849" + "50515253545556575859" +
	"60616263646566676869" + "70717273747576777879" + "80818283848586878889" + "90919293949596979899"

func appendTwo(b []byte, v uint) []byte { return append(b, digitPairs[v*2], digitPairs[v*2+1]) }

// civil is the proleptic Gregorian date of a day counted from 1970-01-01. It counts in years that
// begin in March, so that the leap day is a year's last, and in eras of 400 years.
func civil(days int64) (year int64, month, day int) {
	const (
		daysPerEra     = 146_097
		marchYearStart = 719_468 // days from 0000-03-01 to 1970-01-01
	)
	days += marchYearStart
	era := days / daysPerEra
	if days%daysPerEra < 0 {
		era--
	}
	dayOfEra := days - era*daysPerEra
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36_524 - dayOfEra/146_096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	marchMonth := (5*dayOfYear + 2) / 153
	day = int(dayOfYear - (153*marchMonth+2)/5 + 1)
	year = yearOfEra + era*400
	month = int(marchMonth) + 3
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}
