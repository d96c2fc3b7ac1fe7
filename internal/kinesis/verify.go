package kinesis

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxClockSkew is how far a signature's time may be from ours.
const maxClockSkew = 15 * time.Minute

// verifier checks that requests were signed with a known access key (AWS Signature Version 4). It
// signs the request again as the client says it did, and compares.
type verifier struct {
	secrets map[string]string // by access key id
	now     func() time.Time
}

func newVerifier(credentials []Credential, now func() time.Time) *verifier {
	v := &verifier{secrets: make(map[string]string, len(credentials)), now: now}
	for _, c := range credentials {
		v.secrets[c.AccessKeyID] = c.SecretAccessKey
	}
	return v
}

// claim is a request's signature with the secret that must have made it.
type claim struct {
	signature
	secret string
	// free says that nobody is asked for a signature.
	free bool
}

// identify finds the access key that a request says it is signed with, and fails if it is none of ours or not of
// about now. That is known before the body is read: a stranger's is not.
func (v *verifier) identify(r *http.Request) (claim, *failure) {
	if len(v.secrets) == 0 {
		return claim{free: true}, nil
	}
	s, fault := parseSignature(r)
	if fault != nil {
		return claim{}, fault
	}
	if fault := s.checkScope(); fault != nil {
		return claim{}, fault
	}
	secret, ok := v.secrets[s.accessKey]
	if !ok {
		return claim{}, failf("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	return claim{signature: s, secret: secret}, v.checkTime(s)
}

// verify answers nil if the signature is right for the request with this body.
func (c claim) verify(r *http.Request, body []byte) *failure {
	if c.free {
		return nil
	}
	hash, fault := payloadHash(r, body)
	if fault != nil {
		return fault
	}
	if want := c.resign(r, hash, c.secret); !hmac.Equal([]byte(want), []byte(c.signature.signature)) {
		return failf("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// checkScope checks what the credential is good for. Any region will do.
func (s signature) checkScope() *failure {
	switch {
	case s.service != service:
		return failf("InvalidSignatureException", "Credential should be scoped to correct service: '%s'.", service)
	case s.end != scopeEnd:
		return failf("InvalidSignatureException", "Credential should be scoped with a valid terminator: '%s'.", scopeEnd)
	case !strings.HasPrefix(s.date, s.day) || len(s.day) != 8:
		return failf("InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.",
			clip([]byte(s.day)), clip([]byte(s.date)))
	}
	if name := twice(s.signedHeaders); name != "" {
		return failf("InvalidSignatureException", "'%s' is a 'SignedHeader' twice in the AWS Authorization.", clip([]byte(name)))
	}
	// What is not signed could have been changed on the way.
	if !slices.Contains(s.signedHeaders, "host") && !slices.Contains(s.signedHeaders, ":authority") {
		return failf("InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if !slices.Contains(s.signedHeaders, "x-amz-target") {
		return failf("InvalidSignatureException", "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

// twice is a name that is in the list more than once, or "". What is signed is as long as the header then: with a
// long one named ten thousand times it would be hundreds of MiB.
func twice(names []string) string {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

// checkTime checks that the signature is of about now, or of a signed URL that is still good.
func (v *verifier) checkTime(s signature) *failure {
	at, err := time.Parse(amzDateLayout, s.date)
	if err != nil {
		return failf("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '%s'.", clip([]byte(s.date)))
	}
	now, good := v.now().UTC(), maxClockSkew
	if s.inQuery && s.expires != "" {
		seconds, err := strconv.Atoi(s.expires)
		if err != nil || seconds < 1 || seconds > 7*24*3600 {
			return failf("IncompleteSignatureException", "X-Amz-Expires must be between 1 and 604800 seconds.")
		}
		good = time.Duration(seconds) * time.Second
	}
	if now.Sub(at) > good {
		return failf("InvalidSignatureException", "Signature expired: %s is now earlier than %s (%s - %s)",
			s.date, now.Add(-good).Format(amzDateLayout), now.Format(amzDateLayout), minutes(good))
	}
	if at.Sub(now) > maxClockSkew {
		return failf("InvalidSignatureException", "Signature not yet current: %s is still later than %s (%s + %s)",
			s.date, now.Add(maxClockSkew).Format(amzDateLayout), now.Format(amzDateLayout), minutes(maxClockSkew))
	}
	return nil
}

func minutes(d time.Duration) string { return fmt.Sprintf("%g min.", d.Minutes()) }

// payloadHash is the hash of the body we have, whatever the client says it is. A client that left
// the body out of its signature is refused: over plain HTTP anybody could have changed it.
func payloadHash(r *http.Request, body []byte) (string, *failure) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	switch said := r.Header.Get("X-Amz-Content-Sha256"); said {
	case "", hash:
		return hash, nil
	case "UNSIGNED-PAYLOAD":
		return "", failf("InvalidSignatureException", "The body must be signed: UNSIGNED-PAYLOAD is not accepted.")
	default:
		return "", failf("InvalidSignatureException", "The body does not match the value of the 'X-Amz-Content-Sha256' header.")
	}
}
