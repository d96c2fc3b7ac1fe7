package cloud

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// Outputs are the names of what a stack made.
type Outputs struct {
	// StackName is the stack's.
	StackName string `json:"-"`

	Function string `json:"lambdaFunctionName"`
	// FunctionARN tells the account; older files lack it.
	FunctionARN string `json:"lambdaFunctionArn"`
	Bucket      string `json:"s3BucketName"`
	Stream      string `json:"kinesisDataStreamName"`
	Delivery    string `json:"kinesisFirehoseDeliveryStreamName"`
	// DataPrefix and ErrorPrefix lie in the bucket; they end in "/".
	DataPrefix  string `json:"dataPrefix"`
	ErrorPrefix string `json:"errorPrefix"`
	Region      string `json:"region"`
}

// maxOutputs is far above what any stack has (200 outputs of 1,024 characters).
const maxOutputs = 4 << 20

// ReadOutputs reads what `penstock aws deploy` wrote, {stack: {name: value}}. stack chooses among several; empty
// takes the only one. Prefixes and region, which older files lack, may be missing; names may not.
func ReadOutputs(path, stack string) (Outputs, error) {
	text, err := readLimited(path)
	if err != nil {
		return Outputs{}, &event.Error{Code: "no_outputs", Message: "the outputs of a deployment cannot be read", Err: err,
			Hint: "`penstock aws deploy` writes them; name the file with --outputs"}
	}
	var stacks map[string]json.RawMessage
	if err := json.Unmarshal(text, &stacks); err != nil || len(stacks) == 0 {
		return Outputs{}, badOutputs(path, "it is not {stack: {name: value}}", err)
	}
	names := slices.Sorted(maps.Keys(stacks))
	if stacks[stack] == nil {
		if len(stacks) > 1 {
			return Outputs{}, badOutputs(path, fmt.Sprintf("it has the stacks %s; choose one with --stack", strings.Join(names, ", ")), nil)
		}
		if stack != "" && stack != names[0] {
			return Outputs{}, badOutputs(path, fmt.Sprintf("it has the stack %s, not %s", names[0], stack), nil)
		}
		stack = names[0]
	}
	o := Outputs{StackName: stack, DataPrefix: "data/", ErrorPrefix: "errors/"}
	if err := json.Unmarshal(stacks[stack], &o); err != nil {
		return Outputs{}, badOutputs(path, "its values are not texts", err)
	}
	for name, value := range map[string]string{
		"lambdaFunctionName": o.Function, "s3BucketName": o.Bucket, "kinesisDataStreamName": o.Stream, "kinesisFirehoseDeliveryStreamName": o.Delivery,
	} {
		if value == "" {
			return Outputs{}, badOutputs(path, "stack "+stack+" has no output "+name, nil)
		}
	}
	return o, nil
}

func badOutputs(path, message string, err error) error {
	return &event.Error{Code: "bad_outputs", Message: path + " does not hold the outputs of a deployment: " + message, Err: err,
		Hint: "`penstock aws deploy` writes it again"}
}

func readLimited(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(file, maxOutputs+1))
	if err == nil && len(text) > maxOutputs {
		err = fmt.Errorf("%s has more than %d bytes", path, maxOutputs)
	}
	return text, err
}
