package app

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/running"
)

// connect is a client of a running pipeline's HTTP API.
func connect(info running.Info) *dashboard.Client {
	client := &dashboard.Client{URL: info.HTTPURL, Token: info.Token}
	if info.Certificate != "" {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.TLSClientConfig = Pinned(info.Certificate)
		client.HTTP = &http.Client{Transport: transport}
	}
	return client
}

// Pinned is a TLS configuration that trusts the one certificate with the given SHA-256, which run.json names: that is
// readable by its user only. The certificate's own names are of no use for a call to this machine, and who
// signed it is unknown here when the team did so itself.
func Pinned(certificate string) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // VerifyConnection does it
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || fingerprint(state.PeerCertificates[0].Raw) != certificate {
				return errors.New("this is not the certificate that the pipeline started with")
			}
			return nil
		},
	}
}

func fingerprint(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return hex.EncodeToString(sum[:])
}

// certificateOf is the fingerprint of a PEM file's first certificate, the server's own; empty without a file.
func certificateOf(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the certificate: %w", err)
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return fingerprint(block.Bytes), nil
		}
	}
	return "", fmt.Errorf("the file %s holds no certificate", file)
}

// here is a listener's address as this machine calls it: one that takes every address, of IPv4 and IPv6 alike, is
// called by the one that every machine has.
func here(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return at.String()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
}

// elsewhere is the same for people, who may sit at another machine.
func elsewhere(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	name, err := os.Hostname()
	if !ok || !tcp.IP.IsUnspecified() || err != nil {
		return here(at)
	}
	return net.JoinHostPort(name, strconv.Itoa(tcp.Port))
}
