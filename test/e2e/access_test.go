package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/test/harness"
)

// selfSigned writes a certificate for a name that no test calls, and its key, into a folder.
func selfSigned(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop.example"}, DNSNames: []string{"shop.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"server.crt": {Type: "CERTIFICATE", Bytes: certificate}, "server.key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// get asks the pipeline's HTTP API, believing any certificate.
func get(t *testing.T, url, authorization string) (status int, proto int, body string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.ProtoMajor, string(text)
}

// With access and TLS the pipeline may be reached from everywhere, asks who calls, and the commands on this machine
// go on working.
func TestAccessFromOtherMachines(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	hash, err := exec.Command(harness.Binary(t), "hash-password").Output()
	if err == nil {
		t.Errorf("an empty password was taken: %s", hash)
	}
	command := exec.Command(harness.Binary(t), "hash-password")
	command.Stdin = strings.NewReader("correct horse battery\n")
	if hash, err = command.Output(); err != nil {
		t.Fatal(err)
	}
	selfSigned(t, p.Dir)
	p.Args = []string{"--http", "0.0.0.0:0"}
	if err := p.TryStart(); err == nil || !strings.Contains(p.Log(), "add access:") {
		t.Fatalf("everybody may operate the pipeline: %v\n%s", err, p.Log())
	}
	p.Write("pipeline.yaml", p.Read("pipeline.yaml")+"listen: {tls: {cert: server.crt, key: server.key}}\naccess:\n  users:\n    - {name: anna, role: operator, password_hash: '"+
		strings.TrimSpace(string(hash))+"'}\n  tokens:\n    - {name: wall, role: viewer, secret_env: WALL_TOKEN}\n")
	p.Env = []string{"WALL_TOKEN=0123456789abcdef"}
	p.Start()
	if !strings.HasPrefix(p.HTTPURL(), "https://127.0.0.1:") {
		t.Errorf("HTTP is at %s", p.HTTPURL())
	}
	if result := p.Run("produce", "100", "--data", p.Data); result.Code != 0 {
		t.Fatalf("produce: %s", result.Stderr)
	}
	p.WaitDelivered(100, delivered) // by `penstock status`
	if rows := p.Query("select count(*) from orders"); rows[0][0] != "100" {
		t.Errorf("rows %v", rows)
	}
	for call, want := range map[string]int{
		"/healthz": 200, "/api/v1/me": 200, "/api/v1/status": 401, "/api/v1/status as viewer": 403, "/api/v1/me as viewer": 200,
	} {
		path, as, _ := strings.Cut(call, " as ")
		authorization := ""
		if as != "" {
			authorization = "Bearer 0123456789abcdef"
		}
		if status, proto, body := get(t, p.HTTPURL()+path, authorization); status != want || proto != 2 {
			t.Errorf("%s: %d over HTTP/%d: %s", call, status, proto, body)
		}
	}
	if strings.Contains(p.Log(), "0123456789abcdef") || strings.Contains(p.Log(), "argon2id") {
		t.Error("a secret is in the log")
	}
}
