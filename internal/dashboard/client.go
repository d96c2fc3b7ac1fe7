package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// Client calls the API of a running pipeline.
type Client struct {
	// URL is the pipeline's HTTP address, such as http://127.0.0.1:8080.
	URL   string
	Token string
	// HTTP is the client to use; default http.DefaultClient.
	HTTP *http.Client
}

// Status decodes the pipeline's state into state.
func (c *Client) Status(ctx context.Context, state any) error {
	return c.call(ctx, http.MethodGet, "/api/v1/status", nil, state)
}

// Redrive runs a redrive in the pipeline and returns its report.
func (c *Client) Redrive(ctx context.Context, what Redrive) (RedriveReport, error) {
	var report RedriveReport
	err := c.call(ctx, http.MethodPost, "/api/v1/redrive", what, &report)
	return report, err
}

// Latency measures how long the rows of table took from the event's own time in column.
func (c *Client) Latency(ctx context.Context, table, column string) (Latency, error) {
	var latency Latency
	path := "/api/v1/latency?" + url.Values{"table": {table}, "column": {column}}.Encode()
	err := c.call(ctx, http.MethodGet, path, nil, &latency)
	return latency, err
}

// Query runs sql in the pipeline's warehouse.
func (c *Client) Query(ctx context.Context, sql string) (Rows, error) {
	response, err := c.send(ctx, http.MethodPost, "/api/v1/query", queryRequest{SQL: sql})
	if err != nil {
		return nil, err
	}
	rows := &clientRows{body: response.Body, lines: json.NewDecoder(response.Body)}
	var head resultLine
	if err := rows.lines.Decode(&head); err != nil {
		_ = response.Body.Close()
		return nil, fmt.Errorf("reading the result: %w", err)
	}
	rows.columns = head.Columns
	return rows, nil
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	response, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	if err := json.NewDecoder(response.Body).Decode(out); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", path, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Content-Type", "application/json")
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, &event.Error{Code: "unreachable", Message: "the pipeline does not answer at " + c.URL, Err: err, Hint: "is `penstock up` still running?"}
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close() //nolint:errcheck // the error body is read whole
		return nil, readError(response)
	}
	return response, nil
}

func readError(response *http.Response) error {
	var body struct{ Error apiError }
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(&body); err != nil || body.Error.Code == "" {
		return fmt.Errorf("the pipeline answered %s", response.Status)
	}
	return body.Error.asError()
}

func (e apiError) asError() error {
	return &event.Error{Code: e.Code, Message: e.Message, Hint: e.Hint}
}

type clientRows struct {
	body    io.ReadCloser
	lines   *json.Decoder
	columns []Column
	end     *resultEnd
}

func (r *clientRows) Columns() []Column { return r.columns }
func (r *clientRows) Close() error      { return r.body.Close() }

func (r *clientRows) Truncated() string {
	if r.end == nil {
		return ""
	}
	return r.end.Truncated
}

func (r *clientRows) Next() ([]*string, error) {
	if r.end != nil {
		return nil, io.EOF
	}
	var line resultLine
	if err := r.lines.Decode(&line); err != nil {
		return nil, fmt.Errorf("the result was cut off: %w", err)
	}
	switch {
	case line.Error != nil:
		return nil, line.Error.asError()
	case line.End != nil:
		r.end = line.End
		return nil, io.EOF
	}
	return line.Row, nil
}
