package contract

import "time"

// Table is the shape of a table: what its contract declares, in order.
type Table struct {
	Name    string
	Columns []Column
	// Key is the name of the column by which an event is loaded once, or empty.
	Key string
	// KeyWindow is how far apart, in arrival time, two events of the same key may be for the second to be dropped.
	KeyWindow time.Duration
}

// Column is one column of a table.
type Column struct {
	Name     string
	Type     Type
	Required bool
}

// Metadata columns lead every file and table, before the contract's own.
const (
	// ShardColumn holds the shard's id, "shardId-000000000000". Varchar.
	ShardColumn = "_shard"
	// SequenceColumn holds the record's Kinesis sequence number, 56 digits. Varchar.
	SequenceColumn = "_sequence"
	// ArrivedColumn holds when the record was accepted. Timestamp.
	ArrivedColumn = "_arrived_at"
)

// MetadataColumns are the columns that lead every file and table.
func MetadataColumns() []Column {
	return []Column{
		{Name: ShardColumn, Type: Type{Kind: Varchar}, Required: true},
		{Name: SequenceColumn, Type: Type{Kind: Varchar}, Required: true},
		{Name: ArrivedColumn, Type: Type{Kind: Timestamp}, Required: true},
	}
}

// QuarantineName is the table, and the lake prefix, of events no contract accepted.
const QuarantineName = "quarantine"

// QuarantineTable is the shape of the quarantine; the metadata columns lead it too.
//
// raw is the event as text. Where the bytes are not valid UTF-8 or hold a NUL, raw shows them with
// those parts replaced and raw_base64 holds them exactly; otherwise raw_base64 is null and raw is exact.
func QuarantineTable() *Table {
	text := Type{Kind: Varchar}
	return &Table{Name: QuarantineName, Columns: []Column{
		{Name: "reason", Type: text, Required: true},
		{Name: "field", Type: text},
		{Name: "detail", Type: text},
		{Name: "contract", Type: text},
		{Name: "contract_version", Type: text, Required: true},
		{Name: "partition_key", Type: text, Required: true},
		{Name: "raw", Type: text, Required: true},
		{Name: "raw_base64", Type: text},
	}}
}
