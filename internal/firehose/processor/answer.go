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

// readAnswer reads a function's answer: the records by recordId, and the ids that came more than once.
// The failure, if its code is not empty, is one of the whole batch.
func readAnswer(body []byte) (answers map[string]answer, repeated map[string]bool, batch failure) {
	var said struct {
		Records []struct {
			RecordID *string `json:"recordId"`
			Result   string  `json:"result"`
			Data     *string `json:"data"`
			Metadata *struct {
				PartitionKeys map[string]*string `json:"partitionKeys"`
			} `json:"metadata"`
		} `json:"records"`
		ErrorMessage *string `json:"errorMessage"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return nil, nil, notJSON
	}
	if said.Records == nil && said.ErrorMessage != nil {
		return nil, nil, functionError // the runtime interface emulator does not tell errors apart
	}
	answers, repeated = make(map[string]answer, len(said.Records)), map[string]bool{}
	for _, r := range said.Records {
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
		if r.Metadata != nil {
			a.keys = map[string]string{}
			for key, value := range r.Metadata.PartitionKeys {
				if value != nil {
					a.keys[key] = *value
				}
			}
		}
		answers[*r.RecordID] = a
	}
	return answers, repeated, failure{}
}
