package format

import (
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"github.com/penstock/penstock/internal/contract"
)

// Decimals of up to 9 digits are stored in 32 bits, of up to 18 in 64, and longer ones in 16
// bytes: the split the Parquet format recommends.
const (
	precisionInt32  = 9
	precisionInt64  = 18
	wideDecimalSize = 16
)

// orderedGroup is a group whose fields keep the contract's order; parquet.Group sorts by name.
type orderedGroup struct {
	parquet.Group
	order []string
}

func (g orderedGroup) Fields() []parquet.Field {
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(g.order, a.Name()) - slices.Index(g.order, b.Name())
	})
	return fields
}

func parquetSchema(table string, columns []contract.Column) (*parquet.Schema, error) {
	g := orderedGroup{Group: parquet.Group{}}
	for _, c := range columns {
		node, err := parquetNode(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		if _, twice := g.Group[c.Name]; twice {
			return nil, fmt.Errorf("table %s has two columns called %s", table, c.Name)
		}
		if c.Name == contract.ShardColumn {
			node = parquet.Encoded(node, &parquet.RLEDictionary) // the same in every row
		}
		if !c.Required {
			node = parquet.Optional(node)
		}
		g.Group[c.Name] = node
		g.order = append(g.order, c.Name)
	}
	return parquet.NewSchema(table, g), nil
}

func parquetNode(t contract.Type) (parquet.Node, error) {
	switch t.Kind {
	case contract.Boolean:
		return parquet.Leaf(parquet.BooleanType), nil
	case contract.Integer:
		return parquet.Int(32), nil
	case contract.Bigint:
		return parquet.Int(64), nil
	case contract.Double:
		return parquet.Leaf(parquet.DoubleType), nil
	case contract.Decimal:
		if t.Precision < 1 || t.Precision > 38 || t.Scale < 0 || t.Scale > t.Precision {
			return nil, fmt.Errorf("%s does not exist; precision is 1 to 38, scale 0 to precision", t)
		}
		return parquet.Decimal(t.Scale, t.Precision, decimalStorage(t)), nil
	case contract.Varchar:
		return parquet.String(), nil
	case contract.UUID:
		return parquet.UUID(), nil
	case contract.Date:
		return parquet.Date(), nil
	case contract.Timestamp:
		return parquet.Timestamp(parquet.Microsecond), nil // adjusted to UTC
	case contract.JSON:
		return parquet.JSON(), nil
	}
	return nil, fmt.Errorf("type %s has no Parquet form", t)
}

func decimalStorage(t contract.Type) parquet.Type {
	switch {
	case t.Precision <= precisionInt32:
		return parquet.Int32Type
	case t.Precision <= precisionInt64:
		return parquet.Int64Type
	}
	return parquet.FixedLenByteArrayType(wideDecimalSize)
}

func parquetOptions(compression string, schema *parquet.Schema, columns []contract.Column) []parquet.WriterOption {
	var codec compress.Codec = &parquet.Snappy
	switch compression {
	case Zstd:
		codec = &parquet.Zstd
	case Gzip:
		codec = &parquet.Gzip
	case None:
		codec = &parquet.Uncompressed
	}
	options := []parquet.WriterOption{
		schema,
		parquet.Compression(codec),
		// Version 1 pages and plain texts are what every reader has, Snowflake's older one included.
		parquet.DataPageVersion(1),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
		parquet.PageBufferSize(parquetPage),
		parquet.CreatedBy("penstock", "1", "lake"), // no build number: the same rows, the same bytes
	}
	for _, c := range columns {
		// The library orders 16-byte decimals as unsigned bytes, so their bounds would be wrong
		// for negative numbers, and a reader would skip pages it needs.
		if c.Type.Kind == contract.Decimal && c.Type.Precision > precisionInt64 {
			options = append(options, parquet.SkipPageBounds(c.Name))
		}
	}
	return options
}
