package kinesis

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/kinesis"
)

func dial(t *testing.T, address, send string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprint(conn, send); err != nil {
		t.Fatal(err)
	}
	return conn
}

func askForStreams(t *testing.T, address string) chan error {
	t.Helper()
	answered := make(chan error, 1)
	client := newClient(t, "http://"+address, &http.Transport{}, "x")
	go func() {
		_, err := client.ListStreams(context.Background(), &sdk.ListStreamsInput{})
		answered <- err
	}()
	return answered
}

// TestIdleConnectionsKeepNobodyOut: neither those that sent nothing, nor half a header, nor one
// request and then no more.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for name, send := range map[string]string{
		"nothing": "", "half a header": "POST / HTTP/1.1\r\nHost: x\r\n", "one request": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *Config) { c.MaxConnections = 3 })
			address := listen(t, f.server)
			for range 10 {
				dial(t, address, send)
			}
			if err := <-askForStreams(t, address); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestConnectionsAtWorkKeepTheirPlace: the next one waits for them.
func TestConnectionsAtWorkKeepTheirPlace(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MaxConnections = 1 })
	log := &slow{memory: f.log, started: make(chan struct{}, 100), release: make(chan struct{})}
	f.server.log = log
	address := listen(t, f.server)
	body := record(10, "k", "")
	first := dial(t, address, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nX-Amz-Target: %sPutRecord\r\nContent-Length: %d\r\n\r\n",
		jsonContentType, targetPrefix, len(`{"StreamName":"orders",`+body[1:]))+`{"StreamName":"orders",`+body[1:])
	<-log.started
	answered := askForStreams(t, address)
	select {
	case err := <-answered:
		t.Fatalf("the second connection was served: %v", err)
	case <-time.After(50 * time.Millisecond): // it could only be late, never early
	}
	close(log.release)
	response, err := http.ReadResponse(bufio.NewReader(first), nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("the first connection: %v, %v", response, err)
	}
	if err := <-answered; err != nil { // the first is idle now
		t.Error(err)
	}
}
