package snowflake_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// createQueue makes a queue by SQS's query protocol, which needs no SDK, and returns its ARN.
func createQueue(t *testing.T, endpoint string) string {
	t.Helper()
	form := url.Values{"Action": {"CreateQueue"}, "QueueName": {"audit"}, "Version": {"2012-11-05"}}
	req, err := http.NewRequest(http.MethodPost, endpoint+"/", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	return "arn:aws:sqs:us-east-1:123456789012:audit"
}
