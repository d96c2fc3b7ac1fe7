package event

import (
	"fmt"
	"math/big"
	"math/bits"
)

// A Kinesis sequence number, version 2, is a 186-bit number written in decimal. From its low end:
//
//	bits   0-3   the version, 2
//	bits   4-35  shard index
//	bits  36-71  record time, seconds since 1970
//	bits  72-79  zero
//	bits  80-143 sequence index; 0 is the shard's start, 1<<63-1 its end
//	bits 144-147 the low four bits of the shard index
//	bits 148-183 shard creation time, seconds since 1970
//	bits 184-185 binary 10
//
// Source: the layout that the kinesalite project derived from AWS (db/index.js). Numbers of one
// shard increase with the sequence index alone, so a clock set back cannot disturb them, and all
// have 56 digits, so they sort as text too.

// SequenceNumberLen is the number of decimal digits of a version 2 sequence number.
const SequenceNumberLen = 56

const (
	limb            = 1e19 // the largest power of ten a uint64 holds
	sequenceVersion = 2
	timeMask        = 1<<36 - 1
)

// AppendSequenceNumber appends the sequence number of the record at index seq of s, which arrived
// at arrivedMillis, to dst.
func (s Shard) AppendSequenceNumber(dst []byte, seq uint64, arrivedMillis int64) []byte {
	lo, mid, hi := s.words(seq, arrivedMillis)
	// Long division by 10^19 twice leaves the three decimal limbs.
	hi1, r := hi/limb, hi%limb
	mid1, r := bits.Div64(r, mid, limb)
	lo1, low := bits.Div64(r, lo, limb)
	// hi < 2^58 < 10^19, so hi1 is 0 and mid1:lo1 is the quotient.
	_ = hi1
	top, middle := bits.Div64(mid1, lo1, limb)
	dst = appendDigits(dst, top, SequenceNumberLen-38)
	dst = appendDigits(dst, middle, 19)
	return appendDigits(dst, low, 19)
}

// SequenceNumber is AppendSequenceNumber as a string.
func (s Shard) SequenceNumber(seq uint64, arrivedMillis int64) string {
	return string(s.AppendSequenceNumber(make([]byte, 0, SequenceNumberLen), seq, arrivedMillis))
}

func (s Shard) words(seq uint64, arrivedMillis int64) (lo, mid, hi uint64) {
	shard := uint64(uint32(s.Index))
	seconds := uint64(arrivedMillis/1000) & timeMask
	created := uint64(s.Created) & timeMask
	lo = sequenceVersion | shard<<4 | seconds<<36
	mid = seconds>>28 | seq<<16
	hi = seq>>48 | (shard&0xf)<<16 | created<<20 | 2<<56
	return lo, mid, hi
}

// appendDigits appends v in exactly width digits; v must fit. Eight digits at a time keep the
// divisions short and independent of each other.
func appendDigits(dst []byte, v uint64, width int) []byte {
	var text [24]byte
	put8(text[16:], uint32(v%1e8))
	v /= 1e8
	put8(text[8:], uint32(v%1e8))
	put8(text[:], uint32(v/1e8))
	return append(dst, text[24-width:]...)
}

// put8 writes v as eight digits; v is less than 10^8.
func put8(dst []byte, v uint32) {
	hi, lo := v/1e4, v%1e4
	put4(dst, hi)
	put4(dst[4:], lo)
}

func put4(dst []byte, v uint32) {
	_ = dst[3]
	hi, lo := v/100, v%100
	dst[0], dst[1] = byte('0'+hi/10), byte('0'+hi%10)
	dst[2], dst[3] = byte('0'+lo/10), byte('0'+lo%10)
}

// ParsedSequenceNumber is what a version 2 sequence number says.
type ParsedSequenceNumber struct {
	Shard    Shard // without Stream
	Sequence uint64
	// Seconds is the record time, in seconds since 1970.
	Seconds int64
}

// ParseSequenceNumber reads a decimal version 2 sequence number.
func ParseSequenceNumber(text string) (ParsedSequenceNumber, error) {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || len(text) == 0 || text[0] == '+' || text[0] == '-' || len(text) > SequenceNumberLen {
		return ParsedSequenceNumber{}, fmt.Errorf("%q is not a sequence number", text)
	}
	field := func(low, width uint) uint64 {
		v := new(big.Int).Rsh(n, low)
		return v.And(v, new(big.Int).SetUint64(1<<width-1)).Uint64()
	}
	shard := field(4, 32)
	if field(0, 4) != sequenceVersion || field(72, 8) != 0 || field(144, 4) != shard&0xf ||
		new(big.Int).Rsh(n, 184).Cmp(big.NewInt(2)) != 0 || shard > 1<<31-1 || field(143, 1) != 0 {
		return ParsedSequenceNumber{}, fmt.Errorf("%q is not a version 2 sequence number", text)
	}
	return ParsedSequenceNumber{
		Shard:    Shard{Index: int(shard), Created: int64(field(148, 36))},
		Sequence: field(80, 64),
		Seconds:  int64(field(36, 36)),
	}, nil
}
