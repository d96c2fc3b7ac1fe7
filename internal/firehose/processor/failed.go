package processor

import (
	"encoding/json"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// Document is what Firehose writes for a record it could not process: one JSON object a line, its members
// in this order, as objects captured from AWS in 2026 have them.
type Document struct {
	// RawData is the record as it arrived, in base64.
	RawData []byte `json:"rawData"`
	// ErrorCode and ErrorMessage say why, such as "Lambda.ProcessingFailedStatus".
	ErrorCode    string `json:"errorCode"`
	ErrorMessage string `json:"errorMessage"`
	// AttemptsMade counts invocations.
	AttemptsMade int `json:"attemptsMade"`
	// ArrivalTimestamp and AttemptEndingTimestamp are in milliseconds since 1970.
	ArrivalTimestamp       int64 `json:"arrivalTimestamp"`
	AttemptEndingTimestamp int64 `json:"attemptEndingTimestamp"`
	// LambdaARN names the function. The documentation spells its name lambdaArn; AWS does not.
	LambdaARN string `json:"lambdaARN"`
}

// failed is the result of a record that goes to the error output. It becomes a row of the quarantine
// besides, which Firehose does not have: there the pipeline counts it, and redrive finds it.
func (p *Processor) failed(r *event.Record, why failure, kind string, attempts int) Result {
	data := r.Data
	if data == nil {
		data = []byte{} // "" in JSON, not null
	}
	line, err := json.Marshal(Document{
		RawData: data, ErrorCode: why.code, ErrorMessage: why.message, AttemptsMade: attempts,
		ArrivalTimestamp: r.Arrived, AttemptEndingTimestamp: time.Now().UnixMilli(), LambdaARN: p.function.ARN(),
	})
	if err != nil {
		line = []byte("{}") // texts and numbers can be marshalled
	}
	quarantined := Output{
		Object: quarantineObject, Table: contract.QuarantineName, Reason: event.ReasonTransformer,
		Line: p.quarantineLine(r, why),
	}
	return Result{Outputs: []Output{{Object: errorObject(kind), Line: append(line, '\n'), Plain: true}, quarantined}}
}

// quarantineLine is the row of the quarantine for a failed record.
func (p *Processor) quarantineLine(r *event.Record, why failure) []byte {
	table := p.tables[contract.QuarantineName]
	out := contract.Outcome{Reason: event.ReasonTransformer, Detail: why.code + ": " + why.message}
	meta := format.Meta{
		Shard: p.cfg.Shard.ID(), Sequence: p.cfg.Shard.AppendSequenceNumber(nil, r.Sequence, r.Arrived), ArrivedMillis: r.Arrived,
	}
	line, err := format.AppendRow(nil, table.Columns, meta, p.row.Fill(r.Data, r.PartitionKey, out, p.cfg.Contracts.Version()))
	if err != nil {
		panic(err) // the row is made for this table
	}
	return line
}
