package processor

import (
	"encoding/json"

	"github.com/penstock/penstock/internal/base64"
	"github.com/penstock/penstock/internal/firehose"
)

// The codes and messages of failures, as Firehose writes them.
var (
	failedStatus = failure{"Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record"}
	missingID    = failure{"Lambda.MissingRecordId",
		"One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."}
	repeatedID = failure{"Lambda.DuplicatedRecordId",
		"Multiple records were returned with the same record ID. Ensure that the Lambda function returns unique record IDs for each record."}
	notJSON = failure{"Lambda.JsonProcessingException",
		"There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status model required by Amazon Data Firehose."}
	functionError = failure{"Lambda.FunctionError", "The Lambda function was successfully invoked but it returned an error result."}
	missingKeys   = failure{"DynamicPartitioning.MetadataExtractionFailed", "partitionKeys values must not be null or empty"}
	tooManyKeys   = failure{"DynamicPartitioning.ActivePartitionExceeded", "The number of active partitions exceeded the limit."}
	tooLarge      = failure{"Lambda.RequestTooLarge", "The record is too large for the payload of an invocation of the Lambda function."}
)

// failure is why a record goes to the error output.
type failure struct{ code, message string }

// answer is what the function returned for one record.
type answer struct {
	result string
	data   []byte
	keys   map[string]string
}

// returned is a record as the function returned it.
type returned struct {
	RecordID *string
	Result   string
	Data     *string
	Metadata metadata
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *returned) UnmarshalJSON(text []byte) error {
	return members(text, map[string]any{"recordId": &r.RecordID, "result": &r.Result, "data": &r.Data, "metadata": &r.Metadata})
}

type metadata struct{ PartitionKeys map[string]*string }

// UnmarshalJSON implements json.Unmarshaler.
func (m *metadata) UnmarshalJSON(text []byte) error {
	return members(text, map[string]any{"partitionKeys": &m.PartitionKeys})
}

// members reads members of a JSON object by their exact names. Firehose knows no other spelling, and the fields of a Go
// structure would take any case: what works here would not there.
func members(text []byte, into map[string]any) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for name, value := range into {
		if raw, there := all[name]; there {
			if err := json.Unmarshal(raw, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// readAnswer reads a function's answer: the records by recordId, and the ids that came more than once.
// The failure, if its code is not empty, is one of the whole batch.
func readAnswer(body []byte) (answers map[string]answer, repeated map[string]bool, batch failure) {
	var records []returned
	var errorMessage *string
	if err := members(body, map[string]any{"records": &records, "errorMessage": &errorMessage}); err != nil {
		return nil, nil, notJSON
	}
	if records == nil && errorMessage != nil {
		return nil, nil, functionError // the runtime interface emulator does not tell errors apart
	}
	answers, repeated = make(map[string]answer, len(records)), map[string]bool{}
	for _, r := range records {
		if r.RecordID == nil {
			return nil, nil, functionError
		}
		if _, there := answers[*r.RecordID]; there {
			repeated[*r.RecordID] = true
			continue
		}
		a := answer{result: r.Result}
		switch r.Result {
		case firehose.ResultOk:
			if r.Data == nil {
				return nil, nil, functionError
			}
			_, data, ok := base64.Decode(make([]byte, 0, base64.Room(len(*r.Data))), []byte(*r.Data))
			if !ok {
				return nil, nil, functionError
			}
			a.data = data
		case firehose.ResultDropped, firehose.ResultFailed:
		default:
			return nil, nil, functionError
		}
		for key, value := range r.Metadata.PartitionKeys {
			if a.keys == nil {
				a.keys = map[string]string{}
			}
			if value != nil {
				a.keys[key] = *value
			}
		}
		answers[*r.RecordID] = a
	}
	return answers, repeated, failure{}
}
