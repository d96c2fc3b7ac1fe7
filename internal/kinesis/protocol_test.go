package kinesis

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/internal/event"
)

func body(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// protocols is a transport that speaks one version of HTTP only.
func protocols(set func(*http.Protocols)) *http.Transport {
	p := new(http.Protocols)
	set(p)
	return &http.Transport{Protocols: p}
}

// versionOf sends a signed request and tells which version of HTTP carried it.
type versions struct {
	http.RoundTripper
	seen []string
}

func (v *versions) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := v.RoundTripper.RoundTrip(r)
	if err == nil {
		v.seen = append(v.seen, answer.Proto)
	}
	return answer, err
}

func TestVersionsOfHTTPOnOnePort(t *testing.T) {
	f := newFixture(t, func(c *Config) {
		c.Credentials = []Credential{{testKey, testSecret}}
		c.Now = time.Now
	})
	address := listen(t, f.server)
	for version, transport := range map[string]*http.Transport{
		"HTTP/1.1": protocols(func(p *http.Protocols) { p.SetHTTP1(true) }),
		"HTTP/2.0": protocols(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }),
	} {
		seen := &versions{RoundTripper: transport}
		client := newClient(t, "http://"+address, seen, testSecret)
		t.Cleanup(transport.CloseIdleConnections)
		// A body beyond HTTP/2's first window.
		_, err := client.PutRecord(t.Context(), &sdk.PutRecordInput{StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: make([]byte, 900_000)})
		if err != nil || strings.Join(seen.seen, " ") != version {
			t.Errorf("%s: %v, %v", version, seen.seen, err)
		}
	}
}

func TestTLS(t *testing.T) {
	cert, key, roots := selfSigned(t)
	f := newFixture(t, func(c *Config) { c.CertFile, c.KeyFile = cert, key })
	address := listen(t, f.server)
	for version, protos := range map[string][]string{"HTTP/1.1": {"http/1.1"}, "HTTP/2.0": {"h2"}} {
		transport := &http.Transport{ForceAttemptHTTP2: version == "HTTP/2.0", TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: protos}}
		t.Cleanup(transport.CloseIdleConnections)
		seen := &versions{RoundTripper: transport}
		if _, err := newClient(t, "https://"+address, seen, "x").ListStreams(t.Context(), &sdk.ListStreamsInput{}); err != nil || strings.Join(seen.seen, " ") != version {
			t.Errorf("%s: %v, %v", version, seen.seen, err)
		}
	}
	answer, err := http.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	if text := drainBody(t, answer); answer.StatusCode != http.StatusBadRequest || strings.Contains(text, "Kinesis") {
		t.Errorf("plain HTTP to a TLS port: %d %s", answer.StatusCode, text)
	}
	http.DefaultClient.CloseIdleConnections()
}

// A client that speaks CBOR cannot read the answer's body. The Java SDKs look at these headers before.
func TestCBORIsRefusedInHeaders(t *testing.T) {
	f := newFixture(t)
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:4567/", strings.NewReader("\xa0"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", cborContentType)
	r.Header.Set("X-Amz-Target", targetPrefix+"PutRecords")
	answer := f.do(r)
	for name, want := range map[string]string{"x-amzn-ErrorType": "UnsupportedOperationException", "x-amzn-error-message": "CBOR_ENABLED=false"} {
		if values := answer.header[name]; len(values) != 1 || !strings.Contains(values[0], want) {
			t.Errorf("header %s: %q", name, values)
		}
	}
}

// Kinesis undoes no Content-Encoding, and neither do we; who compresses bodies is told.
func TestCompressedBodies(t *testing.T) {
	f := newFixture(t)
	send := func(body []byte) reply {
		r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:4567/", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", jsonContentType)
		r.Header.Set("Content-Encoding", "gzip")
		r.Header.Set("X-Amz-Target", targetPrefix+"ListStreams")
		return f.do(r)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte("{}"))
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	f.want(send(packed.Bytes()), "SerializationException", "The body has the Content-Encoding gzip, which Kinesis does not undo")
	f.ok(send([]byte("{}")))
}

func TestAnUnusableCertificateIsAnError(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.CertFile, c.KeyFile = "/nowhere/cert.pem", "/nowhere/key.pem" })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.server.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "cert.pem") {
		t.Errorf("got %v", err)
	}
}

// selfSigned makes a certificate for this machine.
func selfSigned(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), roots
}

// slow is a Log whose appends wait until the test lets them go.
type slow struct {
	*memory
	started, release chan struct{}
}

func (s *slow) Append(ctx context.Context, stream string, shard int, puts []event.Put) (Appended, error) {
	s.started <- struct{}{}
	<-s.release
	return s.memory.Append(ctx, stream, shard, puts)
}

func TestServeLetsRequestsFinish(t *testing.T) {
	for name, transport := range map[string]*http.Transport{
		"HTTP/1.1": protocols(func(p *http.Protocols) { p.SetHTTP1(true) }),
		"HTTP/2":   protocols(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			log := &slow{memory: f.log, started: make(chan struct{}), release: make(chan struct{})}
			f.server.log = log
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			served, put := make(chan error, 1), make(chan error, 1)
			go func() { served <- f.server.Serve(ctx, l) }()
			client := newClient(t, "http://"+l.Addr().String(), transport, "x")
			go func() {
				_, err := client.PutRecord(context.Background(), &sdk.PutRecordInput{StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: []byte("x")})
				put <- err
			}()
			<-log.started
			stop()
			for { // new connections are refused from some moment on
				conn, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					break
				}
				_ = conn.Close() // it was only an attempt
			}
			select {
			case err := <-served:
				t.Fatalf("stopped with a request under way: %v", err)
			default:
			}
			close(log.release)
			if err := errors.Join(<-put, <-served); err != nil {
				t.Fatal(err)
			}
			transport.CloseIdleConnections()
		})
	}
}

func TestServeGivesUpOnRequestsThatDoNotFinish(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.DrainTimeout = time.Millisecond })
	log := &slow{memory: f.log, started: make(chan struct{}), release: make(chan struct{})}
	f.server.log = log
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served, put := make(chan error, 1), make(chan error, 1)
	go func() { served <- f.server.Serve(ctx, l) }()
	client := newClient(t, "http://"+l.Addr().String(), &http.Transport{}, "x")
	go func() {
		_, err := client.PutRecord(context.Background(), &sdk.PutRecordInput{StreamName: aws.String("orders"), PartitionKey: aws.String("k"), Data: []byte("x")})
		put <- err
	}()
	<-log.started
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := <-put; err == nil {
		t.Error("the client got an answer")
	}
	close(log.release)
}

// TestBrokenHTTP sends what no client should.
func TestBrokenHTTP(t *testing.T) {
	f := newFixture(t)
	address := listen(t, f.server)
	head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + jsonContentType + "\r\nX-Amz-Target: " + targetPrefix + "ListStreams\r\n"
	for name, c := range map[string]struct {
		request string
		status  int
	}{
		"no HTTP":          {"hello\r\n\r\n", 400},
		"no host":          {"POST / HTTP/1.1\r\n\r\n", 400},
		"negative length":  {head + "Content-Length: -5\r\n\r\n{}", 400},
		"two lengths":      {head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
		"unknown coding":   {head + "Transfer-Encoding: x\r\nContent-Length: 2\r\n\r\n{}", 501},
		"bad chunk":        {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
		"short body":       {head + "Content-Length: 100\r\n\r\n{}", 408},
		"length too large": {head + "Content-Length: 16777217\r\n\r\n", 413},
		"chunked":          {head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 200},
		"large header":     {head + "X: " + strings.Repeat("x", 80_000) + "\r\n\r\n", 431},
		"no body":          {head + "Content-Length: 0\r\n\r\n", 400},
		"version 1.0":      {strings.Replace(head, "1.1", "1.0", 1) + "Content-Length: 2\r\n\r\n{}", 200},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, c.request); err != nil && name != "large header" {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite() // some are closed by the other side by now
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if answer.StatusCode != c.status {
			t.Errorf("%s: %s", name, answer.Status)
		}
		_ = conn.Close() // done with it
	}
}

func TestBodiesBeyondTheCapAreRefused(t *testing.T) {
	f := newFixture(t)
	send := func(n int, length int64) reply {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, "http://x/", io.NopCloser(io.LimitReader(spaces{}, int64(n))))
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		r.Header.Set("Content-Type", jsonContentType)
		r.Header.Set("X-Amz-Target", targetPrefix+"ListStreams")
		return f.do(r)
	}
	for _, length := range []int64{-1, maxBodyBytes} {
		f.want(send(maxBodyBytes, length), "SerializationException", "not JSON")
	}
	for _, length := range []int64{-1, maxBodyBytes + 1} {
		answer := send(maxBodyBytes+1, length)
		f.want(answer, "RequestEntityTooLargeException", "larger than 16 MiB")
		if answer.status != http.StatusRequestEntityTooLarge || answer.header.Get("Connection") != "close" {
			t.Errorf("status %d, %v", answer.status, answer.header)
		}
	}
}

// spaces is an endless body.
type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// TestMemoryInFlightIsBounded starts more large requests than there is memory for: those beyond it
// are told to come back, and all memory is free again afterwards.
func TestMemoryInFlightIsBounded(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.MaxInFlightBytes = 32 * mib })
	log := &slow{memory: f.log, started: make(chan struct{}, 100), release: make(chan struct{})}
	f.server.log = log
	f.ok(f.call("UpdateMaxRecordSize", `{"StreamName":"orders","MaxRecordSizeInKiB":10240}`))
	big := `{"StreamName":"orders",` + record(6*mib, "k", "")[1:]
	answers := make(chan reply)
	for range 2 {
		go func() { answers <- f.call("PutRecord", big) }()
		<-log.started // it is in, and needs 14 MiB
	}
	f.want(f.call("PutRecord", big), "ProvisionedThroughputExceededException", "the requests in flight hold 32 MiB")
	f.ok(f.call("ListStreams", `{}`)) // small ones still pass
	close(log.release)
	f.ok(<-answers)
	f.ok(<-answers)
	if !f.server.budget.free.TryAcquire(32 * mib) {
		t.Error("memory was not given back")
	}
}

func TestWebPagesAreKeptOut(t *testing.T) {
	f := newFixture(t)
	for origin, allowed := range map[string]bool{
		"": true, "http://localhost": true, "http://localhost:5173": true, "http://127.0.0.1:8080": true, "http://[::1]:80": true, "http://app.localhost": true,
		"null": false, "https://example.com": false, "http://localhost.example.com": false, "http://127.0.0.1.nip.io": false, "http://192.168.0.7": false, "file://": false, "::": false,
	} {
		for _, method := range []string{http.MethodPost, http.MethodOptions} {
			r, err := http.NewRequest(method, "http://127.0.0.1:4567/", bytes.NewReader([]byte(`{}`)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", jsonContentType)
			r.Header.Set("X-Amz-Target", targetPrefix+"ListStreams")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			answer := f.do(r)
			if (answer.status == http.StatusOK) != (allowed && method == http.MethodPost) {
				t.Errorf("%s from %q: %d", method, origin, answer.status)
			}
			for name := range answer.header {
				if strings.HasPrefix(http.CanonicalHeaderKey(name), "Access-Control") {
					t.Errorf("%s from %q: header %s", method, origin, name)
				}
			}
		}
	}
}
