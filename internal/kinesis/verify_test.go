package kinesis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	testKey    = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// signedFixture asks for signatures.
func signedFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixture(t, func(c *Config) {
		c.Credentials = []Credential{{"AKIDOTHER", "other"}, {testKey, testSecret}}
	})
}

// signing is a request to be signed, with the parts a test wants to change.
type signing struct {
	key, secret, region, service, token string
	url, body                           string
	at                                  time.Time
	expires                             string // signs the URL if set
	headers                             map[string]string
}

func (f *fixture) signing() signing {
	return signing{key: testKey, secret: testSecret, region: "eu-west-3", service: service, url: "http://localhost:4567/",
		body: `{}`, at: f.clock.Now(), headers: map[string]string{}}
}

// request makes a ListStreams request that the AWS SDK's signer has signed.
func (s signing) request(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", jsonContentType)
	r.Header.Set("X-Amz-Target", targetPrefix+"ListStreams")
	for name, value := range s.headers {
		r.Header.Set(name, value)
	}
	sum := sha256.Sum256([]byte(s.body))
	credentials := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: s.secret, SessionToken: s.token}
	if s.expires == "" {
		if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), s.service, s.region, s.at); err != nil {
			t.Fatal(err)
		}
		return r
	}
	query := r.URL.Query()
	query.Set("X-Amz-Expires", s.expires)
	r.URL.RawQuery = query.Encode()
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), s.service, s.region, s.at,
		func(o *v4.SignerOptions) { o.DisableHeaderHoisting = true })
	if err != nil {
		t.Fatal(err)
	}
	presigned, err := http.NewRequest(http.MethodPost, signed, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	presigned.Header = r.Header
	return presigned
}

func TestSignaturesOfTheSDKAreAccepted(t *testing.T) {
	f := signedFixture(t)
	for name, change := range map[string]func(*signing){
		"plain":             func(*signing) {},
		"another key":       func(s *signing) { s.key, s.secret = "AKIDOTHER", "other" },
		"another region":    func(s *signing) { s.region = "us-gov-west-1" },
		"session token":     func(s *signing) { s.token = "a//token+=" },
		"path and query":    func(s *signing) { s.url += "a%20b/c%2Fd/~e/\u00e4?z=1&a=%2F+x&a=b&c" },
		"default port":      func(s *signing) { s.url = "http://localhost:80/" },
		"header spaces":     func(s *signing) { s.headers["X-Amz-Meta-A"] = "  a   b  " },
		"other headers":     func(s *signing) { s.headers["Amz-Sdk-Request"] = "attempt=1; max=3" },
		"14 minutes ago":    func(s *signing) { s.at = s.at.Add(-14 * time.Minute) },
		"in 14 minutes":     func(s *signing) { s.at = s.at.Add(14 * time.Minute) },
		"signed URL":        func(s *signing) { s.expires = "60" },
		"old signed URL":    func(s *signing) { s.expires, s.at = "7200", s.at.Add(-time.Hour) },
		"signed URL, token": func(s *signing) { s.expires, s.token, s.url = "60", "t/+=", s.url+"?b=2&a=1" },
	} {
		s := f.signing()
		change(&s)
		if answer := f.do(s.request(t)); answer.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, answer.status, answer.raw)
		}
	}
}

func TestBadSignaturesAreRefused(t *testing.T) {
	f := signedFixture(t)
	const mismatch = "The request signature we calculated does not match the signature you provided."
	edit := func(change func(*http.Request)) func(*signing, *http.Request) {
		return func(_ *signing, r *http.Request) { change(r) }
	}
	authorization := func(from, to string) func(*signing, *http.Request) {
		return edit(func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
		})
	}
	header := func(name, value string) func(*signing, *http.Request) {
		return edit(func(r *http.Request) { r.Header.Set(name, value) })
	}
	for _, c := range []struct {
		name    string
		sign    func(*signing)
		tamper  func(*signing, *http.Request)
		code    string
		message string
	}{
		{name: "none", tamper: edit(func(r *http.Request) { r.Header.Del("Authorization") }), code: "MissingAuthenticationTokenException", message: "Missing Authentication Token"},
		{name: "unknown key", sign: func(s *signing) { s.key = "AKIDUNKNOWN" }, code: "UnrecognizedClientException", message: "The security token included in the request is invalid."},
		{name: "wrong secret", sign: func(s *signing) { s.secret = "guess" }, code: "InvalidSignatureException", message: mismatch},
		{name: "another body", tamper: edit(func(r *http.Request) { r.Body = http.NoBody; r.Body = body(`{"Limit":1}`) }), code: "InvalidSignatureException", message: mismatch},
		{name: "another operation", tamper: header("X-Amz-Target", targetPrefix+"DescribeLimits"), code: "InvalidSignatureException", message: mismatch},
		{name: "another host", tamper: edit(func(r *http.Request) { r.Host = "elsewhere" }), code: "InvalidSignatureException", message: mismatch},
		{name: "another query", tamper: edit(func(r *http.Request) { r.URL.RawQuery = "a=b" }), code: "InvalidSignatureException", message: mismatch},
		{name: "unsigned body", tamper: header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), code: "InvalidSignatureException", message: "UNSIGNED-PAYLOAD is not accepted"},
		{name: "hash of another body", tamper: header("X-Amz-Content-Sha256", strings.Repeat("0", 64)), code: "InvalidSignatureException", message: "does not match the value of the 'X-Amz-Content-Sha256' header"},
		{name: "too old", sign: func(s *signing) { s.at = s.at.Add(-15*time.Minute - time.Second) }, code: "InvalidSignatureException",
			message: "Signature expired: 20261122T044459Z is now earlier than 20261122T044500Z (20261122T050000Z - 15 min.)"},
		{name: "too early", sign: func(s *signing) { s.at = s.at.Add(15*time.Minute + time.Second) }, code: "InvalidSignatureException",
			message: "Signature not yet current: 20261122T051501Z is still later than 20261122T051500Z (20261122T050000Z + 15 min.)"},
		{name: "other service", sign: func(s *signing) { s.service = "firehose" }, code: "InvalidSignatureException", message: "Credential should be scoped to correct service: 'kinesis'."},
		{name: "other terminator", tamper: authorization("aws4_request", "aws5_request"), code: "InvalidSignatureException", message: "valid terminator"},
		{name: "other day", tamper: authorization("/20261122/", "/20261121/"), code: "InvalidSignatureException", message: "Date in Credential scope does not match"},
		{name: "short scope", tamper: authorization("/kinesis/aws4_request", ""), code: "IncompleteSignatureException", message: "exactly 5 slash-delimited elements"},
		{name: "no signature", tamper: authorization("Signature=", "Sig="), code: "IncompleteSignatureException", message: "Authorization header requires 'Signature' parameter."},
		{name: "nothing", tamper: header("Authorization", "AWS4-HMAC-SHA256"), code: "IncompleteSignatureException",
			message: "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."},
		{name: "no date", tamper: edit(func(r *http.Request) { r.Header.Del("X-Amz-Date") }), code: "IncompleteSignatureException", message: "requires existence of a 'X-Amz-Date' header"},
		{name: "strange date", tamper: header("X-Amz-Date", "20261122 05:00"), code: "IncompleteSignatureException", message: "Date must be in ISO-8601 'basic format'"},
		{name: "other algorithm", tamper: authorization("HMAC-SHA256", "ECDSA-P256-SHA256"), code: "IncompleteSignatureException", message: "Unsupported AWS 'algorithm'"},
		{name: "basic", tamper: header("Authorization", "Basic QWxhZGRpbg=="), code: "IncompleteSignatureException", message: "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter."},
		{name: "operation not signed", tamper: authorization("x-amz-target", "x-amz-other"), code: "InvalidSignatureException", message: "'X-Amz-Target' must be a 'SignedHeader'"},
		{name: "host not signed", tamper: authorization(";host;", ";hast;"), code: "InvalidSignatureException", message: "'Host' or ':authority' must be a 'SignedHeader'"},
		{name: "signed twice", tamper: edit(func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256" }), code: "InvalidSignatureException", message: "Found both 'X-Amz-Algorithm' as a query-string param"},
		{name: "incomplete URL", tamper: edit(func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1"
		}), code: "IncompleteSignatureException", message: "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. " +
			"AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."},
		{name: "expired URL", sign: func(s *signing) { s.expires, s.at = "60", s.at.Add(-61*time.Second) }, code: "InvalidSignatureException", message: "Signature expired: 20261122T045859Z is now earlier than 20261122T045900Z (20261122T050000Z - 1 min.)"},
		{name: "URL for ever", sign: func(s *signing) { s.expires = "604801" }, code: "IncompleteSignatureException", message: "X-Amz-Expires must be between 1 and 604800 seconds."},
		{name: "changed URL", sign: func(s *signing) { s.expires = "60" }, tamper: edit(func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "X-Amz-Expires=60", "X-Amz-Expires=6000", 1)
		}), code: "InvalidSignatureException", message: mismatch},
		{name: "broken body first", sign: func(s *signing) { s.body, s.secret = `{"a`, "guess" }, code: "SerializationException", message: "The body is not JSON"},
	} {
		s := f.signing()
		if c.sign != nil {
			c.sign(&s)
		}
		r := s.request(t)
		if c.tamper != nil {
			c.tamper(&s, r)
		}
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			answer := f.do(r)
			f.want(answer, c.code, c.message)
			if answer.status != http.StatusBadRequest {
				t.Errorf("status %d", answer.status)
			}
			if strings.Contains(answer.raw+f.logged.String(), testSecret) || strings.Contains(answer.raw, "Signature=") {
				t.Errorf("a secret is in the answer or the log: %s", answer.raw)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := Credential{AccessKeyID: testKey, SecretAccessKey: testSecret}
	cfg := Config{Credentials: []Credential{c}, AccountID: "1"}
	text := fmt.Sprintf("%v %+v %#v %s", c, cfg, cfg, c) + cfg.Validate().Error()
	if strings.Contains(text, testSecret) || !strings.Contains(text, testKey) {
		t.Error(text)
	}
}

func TestWithoutCredentialsAnySignatureWillDo(t *testing.T) {
	f := newFixture(t)
	s := f.signing()
	s.secret = "whatever"
	f.ok(f.do(s.request(t)))
	r := s.request(t)
	r.Header.Set("Authorization", "nonsense")
	f.ok(f.do(r))
}
