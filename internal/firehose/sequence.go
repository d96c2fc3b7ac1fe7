package firehose

import "strconv"

// subsequenceDigits is how long a subsequence number is written at least: more digits than the records of
// one aggregated record of 10 MiB can need, so that texts sort as their records came.
const subsequenceDigits = 8

// AppendSequence appends what the column _sequence holds: the Kinesis sequence number, and for every
// record of an aggregated one but its first a point and the subsequence number in eight digits.
func AppendSequence(dst []byte, sequence string, subsequence int64) []byte {
	dst = append(dst, sequence...)
	if subsequence <= 0 {
		return dst
	}
	dst = append(dst, '.')
	digits := strconv.AppendInt(make([]byte, 0, 20), subsequence, 10)
	for n := len(digits); n < subsequenceDigits; n++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}
