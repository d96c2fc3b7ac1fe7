package format

import "encoding/binary"

const microsPerDay = 24 * 60 * 60 * 1_000_000

// appendTimestamp appends microseconds since 1970 as 2026-11-22T05:06:07.123456Z, eight characters at a time, which
// takes half the time of two at a time.
func appendTimestamp(b []byte, micros int64) []byte {
	days := micros / microsPerDay
	inDay := micros % microsPerDay
	if inDay < 0 {
		days--
		inDay += microsPerDay
	}
	seconds, fraction := uint32(inDay/1_000_000), uint32(inDay%1_000_000)
	year, month, day := civil(days)
	if year <= 0 || year > 9999 {
		return appendDistant(b, days, seconds, fraction)
	}
	b = append(b, "0000-00-00T00:00:00.000000Z"...)
	text := b[len(b)-27:]
	years := uint32(year)
	binary.LittleEndian.PutUint64(text, dateDigits|
		twoDigits(uint64(years/100)|uint64(years%100)<<16|uint64(month)<<40, 0x0f|0x0f<<16|0x0f<<40))
	binary.LittleEndian.PutUint64(text[8:], hourDigits|
		twoDigits(uint64(day)|uint64(seconds/3600)<<24|uint64(seconds/60%60)<<48, 0x0f|0x0f<<24|0x0f<<48))
	binary.LittleEndian.PutUint64(text[16:], secondDigits|
		twoDigits(uint64(seconds%60)<<8|uint64(fraction/10_000)<<32|uint64(fraction/100%100)<<48, 0x0f<<8|0x0f<<32|0x0f<<48))
	putTwo(text[24:], fraction%100)
	return b
}

// Words of a timestamp whose digits are zeros.
const (
	dateDigits   = 0x2d30302d30303030 // 0000-00-
	hourDigits   = 0x30303a3030543030 // 00T00:00
	secondDigits = 0x303030302e30303a // :00.0000
)

// twoDigits spreads numbers of at most 99 over two bytes each, the first of which held the number; the bytes behind
// and before it are 0. tens has the lower half of the first bytes set.
func twoDigits(numbers, tens uint64) uint64 {
	// n*103/1024 is n/10 up to 99, and has too few bits to reach another number's.
	tens &= numbers * 103 >> 10
	return tens | (numbers-10*tens)<<8
}

// appendDistant appends a timestamp of a year that has no four digits, which contracts refuse.
func appendDistant(b []byte, days int64, seconds, fraction uint32) []byte {
	b, era := appendCivil(b, days)
	b = append(b, "T00:00:00.000000Z"...)
	clock := b[len(b)-17:]
	putTwo(clock[1:], seconds/3600)
	putTwo(clock[4:], seconds/60%60)
	putTwo(clock[7:], seconds%60)
	putTwo(clock[10:], fraction/10_000)
	putTwo(clock[12:], fraction/100%100)
	putTwo(clock[14:], fraction%100)
	return append(b, era...)
}

// appendDate appends days since 1970 as 2026-11-22.
func appendDate(b []byte, days int64) []byte {
	b, era := appendCivil(b, days)
	return append(b, era...)
}

// appendCivil appends a date, and returns what has to stand at the end of the field: nothing, or
// for years before the first the mark DuckDB reads.
func appendCivil(b []byte, days int64) ([]byte, string) {
	year, month, day := civil(days)
	if year > 0 && year <= 9999 {
		b = append(b, "0000-00-00"...)
		date := b[len(b)-10:]
		putTwo(date, uint32(year)/100)
		putTwo(date[2:], uint32(year)%100)
		putTwo(date[5:], month)
		putTwo(date[8:], day)
		return b, ""
	}
	// Contracts refuse such years; a file that has one all the same stays readable by DuckDB.
	era := ""
	if year <= 0 {
		year, era = 1-year, " (BC)"
	}
	for tens := int64(1000); tens > year; tens /= 10 {
		b = append(b, '0')
	}
	b = append(appendInt(b, year), "-00-00"...)
	putTwo(b[len(b)-5:], month)
	putTwo(b[len(b)-2:], day)
	return b, era
}

const digitPairs = "00010203040506070809" + "10111213141516171819" + "20212223242526272829" +
	"30313233343536373839" + "40414243444546474849" + "50515253545556575859" +
	"60616263646566676869" + "70717273747576777879" + "80818283848586878889" + "90919293949596979899"

// putTwo writes v, at most 99, as two digits.
func putTwo(b []byte, v uint32) {
	_ = b[1]
	b[0], b[1] = digitPairs[v*2], digitPairs[v*2+1]
}

// civil is the proleptic Gregorian date of a day counted from 1970-01-01, within some eight
// million years. Its years begin in March, so that the leap day is a year's last.
//
// The divisions by 1461 and 153 are multiplications, after C. Neri and L. Schneider, "Euclidean
// affine functions and their application to calendar algorithms", 2022.
func civil(days int64) (year int64, month, day uint32) {
	const (
		eras           = 20_000  // of 400 years, to count from a day that is never negative
		daysPerEra     = 146_097 // an era
		marchYearStart = 719_468 // from 0000-03-01 to 1970-01-01
	)
	quarters := 4*uint64(days+marchYearStart+eras*daysPerEra) + 3
	century := quarters / daysPerEra
	dayOfCentury := uint32(quarters%daysPerEra) / 4

	product := uint64(2_939_745) * uint64(4*dayOfCentury+3) // 2^32 / 1461
	yearOfCentury := product >> 32
	dayOfYear := uint32(product) / 2_939_745 / 4

	n := 2141*dayOfYear + 197_913 // 2^16 * 5 / 153
	month, day = n>>16, n&0xffff/2141+1
	year = int64(100*century+yearOfCentury) - 400*eras
	if dayOfYear >= 306 { // January and February belong to the next year
		return year + 1, month - 12, day
	}
	return year, month, day
}
