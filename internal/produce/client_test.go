package produce

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// closedBody is a body as the SDK leaves it when the answer came early.
type closedBody struct{ io.ReadCloser }

func (closedBody) Read([]byte) (int, error)         { return 0, io.EOF }
func (closedBody) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }
func (closedBody) Close() error                     { return nil }

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

func TestABodyClosedEarlyIsNoErrorOfTheCall(t *testing.T) {
	look := doFunc(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body) // what net/http does after Content-Length bytes
		return nil, err
	})
	request, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/", closedBody{io.NopCloser(&bytes.Buffer{})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (plainBodies{look}).Do(request); err != nil {
		t.Errorf("got %v", err)
	}
}
