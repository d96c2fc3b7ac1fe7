package format

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go"

	"github.com/penstock/penstock/internal/contract"
)

// parquetColumn is a column with the values of the present batch.
type parquetColumn struct {
	column  contract.Column
	index   int
	convert converter
	batch   []parquet.Value
}

// converter makes a Parquet value, and its size in bytes, of a value that is not NULL.
type converter func(f *parquetFile, v *contract.Value) (parquet.Value, int, error)

func converterOf(t contract.Type) converter {
	switch t.Kind {
	case contract.Boolean:
		return func(_ *parquetFile, v *contract.Value) (parquet.Value, int, error) {
			return parquet.BooleanValue(v.Int != 0), 1, nil
		}
	case contract.Integer, contract.Date:
		return func(_ *parquetFile, v *contract.Value) (parquet.Value, int, error) {
			return parquet.Int32Value(int32(v.Int)), 4, nil
		}
	case contract.Bigint, contract.Timestamp:
		return func(_ *parquetFile, v *contract.Value) (parquet.Value, int, error) {
			return parquet.Int64Value(v.Int), 8, nil
		}
	case contract.Double:
		return func(_ *parquetFile, v *contract.Value) (parquet.Value, int, error) {
			return parquet.DoubleValue(v.Float), 8, nil
		}
	case contract.UUID:
		return uuidValue
	case contract.Decimal:
		return decimalConverter(t)
	}
	return func(f *parquetFile, v *contract.Value) (parquet.Value, int, error) {
		return parquet.ByteArrayValue(f.keep(v.Bytes)), len(v.Bytes) + 4, nil
	}
}

func rowError(c *contract.Column, err error) error {
	return fmt.Errorf("%w: column %s: %w", ErrRow, c.Name, err)
}

// uuidValue is the 16 bytes of 36 characters.
func uuidValue(f *parquetFile, v *contract.Value) (parquet.Value, int, error) {
	s := v.Bytes
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return parquet.Value{}, 0, fmt.Errorf("%q is not a uuid of 36 characters", s)
	}
	var digits [32]byte
	n := copy(digits[:], s[:8])
	n += copy(digits[n:], s[9:13])
	n += copy(digits[n:], s[14:18])
	n += copy(digits[n:], s[19:23])
	copy(digits[n:], s[24:])
	var id [16]byte
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return parquet.Value{}, 0, fmt.Errorf("%q is not a uuid: %w", s, err)
	}
	return parquet.FixedLenByteArrayValue(f.keep(id[:])), 16, nil
}

func decimalConverter(t contract.Type) converter {
	return func(f *parquetFile, v *contract.Value) (parquet.Value, int, error) {
		hi, lo, err := unscaled(v.Bytes, t)
		if err != nil {
			return parquet.Value{}, 0, err
		}
		switch {
		case t.Precision <= precisionInt32:
			return parquet.Int32Value(int32(lo)), 4, nil
		case t.Precision <= precisionInt64:
			return parquet.Int64Value(int64(lo)), 8, nil
		}
		var wide [wideDecimalSize]byte
		binary.BigEndian.PutUint64(wide[:8], hi)
		binary.BigEndian.PutUint64(wide[8:], lo)
		return parquet.FixedLenByteArrayValue(f.keep(wide[:])), wideDecimalSize, nil
	}
}

// unscaled is the digits of a decimal as one 128-bit integer in two's complement: "-12.30" is -1230.
func unscaled(text []byte, t contract.Type) (hi, lo uint64, err error) {
	digits, scale, point := text, 0, false
	negative := len(digits) > 0 && digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	count := 0
	for _, c := range digits {
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' {
			return 0, 0, fmt.Errorf("%q is not plain digits", text)
		}
		if point {
			scale++
		}
		if count > 0 || c != '0' {
			count++ // leading zeros are not part of the precision
		}
		if count > t.Precision {
			break
		}
		over, low := bits.Mul64(lo, 10)
		low, carry := bits.Add64(low, uint64(c-'0'), 0)
		hi, lo = hi*10+over+carry, low
	}
	if count > t.Precision || scale != t.Scale || len(digits) == 0 {
		return 0, 0, fmt.Errorf("%q does not have the digits of %s", text, t)
	}
	if negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	return hi, lo, nil
}
