// Penstock-transformer is the AWS Lambda function of a pipeline: it transforms the records of a Data
// Firehose delivery stream by the pipeline's contracts. Its zip holds it as bootstrap, for the runtime
// provided.al2023, beside the pipeline's contracts.
package main

import (
	"fmt"
	"os"

	"github.com/penstock/penstock/internal/firehose/function"
)

func main() {
	if err := function.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "penstock-transformer: "+err.Error())
		os.Exit(1)
	}
}
