package double

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

type parameter struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

func (a *Account) login(w http.ResponseWriter, req *http.Request) {
	var body struct {
		Data struct {
			Account string `json:"ACCOUNT_NAME"`
			User    string `json:"LOGIN_NAME"`
			Kind    string `json:"AUTHENTICATOR"`
			Token   string `json:"TOKEN"`
		} `json:"data"`
	}
	if err := json.NewDecoder(req.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !strings.EqualFold(body.Data.Account, a.Name) {
		http.Error(w, "there is no account of this name", http.StatusForbidden)
		return
	}
	switch a.fault("LOGIN") {
	case Throttle:
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case Unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case Cut, CutAfter:
		cut(w)
		return
	}
	if body.Data.Kind != "SNOWFLAKE_JWT" {
		refuse(w, 390100, "Incorrect username or password was specified.")
		return
	}
	if err := a.verify(body.Data.Token); err != nil {
		// The cause is for administrators alone, by this number.
		refuse(w, 390144, "JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]")
		return
	}
	chosen := func(parameter string) string { return strings.ToUpper(req.URL.Query().Get(parameter)) }
	role := cmp.Or(chosen("roleName"), "SYSADMIN")
	if chosen("roleName") != "" && (a.get("ROLE", role) == nil || !a.plays(role)) {
		refuse(w, 390189, fmt.Sprintf("Role '%s' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.", role))
		return
	}
	a.next++
	token := fmt.Sprintf("session-%d", a.next)
	a.sessions[token] = &session{role: role, database: chosen("databaseName"), schema: chosen("schemaName")}
	reply(w, map[string]any{
		"token": token, "masterToken": "master-" + token, "validityInSeconds": 3600, "masterValidityInSeconds": 14400,
		"parameters":  []parameter{{"TIMEZONE", "UTC"}, {"CLIENT_TELEMETRY_ENABLED", false}},
		"sessionInfo": map[string]any{"roleName": role}, "sessionId": a.next,
	})
}

// verify checks a token as Snowflake does: signature, issuer with the key's fingerprint, subject, time.
func (a *Account) verify(token string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("no token")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(a.Key, crypto.SHA256, sum[:], signature); err != nil {
		return errors.New("public key does not match")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var claims struct {
		Iss, Sub string
		Iat, Exp int64
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(a.Key)
	if err != nil {
		return err
	}
	print := sha256.Sum256(der)
	subject := a.Name + "." + a.User
	switch now := time.Now().Unix(); {
	case claims.Sub != subject || claims.Iss != subject+".SHA256:"+base64.StdEncoding.EncodeToString(print[:]):
		return errors.New("wrong account, user or key")
	case claims.Exp < now || claims.Iat > now+60:
		return errors.New("token expired; check the clock")
	}
	return nil
}

// describeUser answers DESC USER with the key's fingerprint and what a test has set.
func (a *Account) describeUser(_ *session, m []string) answer {
	if n, _ := name(m[1]); n != a.User {
		return missing("User '" + m[1] + "'")
	}
	der, err := x509.MarshalPKIXPublicKey(a.Key)
	if err != nil {
		return unknown(err.Error())
	}
	sum := sha256.Sum256(der)
	told := map[string]string{"NAME": a.User, "DAYS_TO_EXPIRY": "null", "RSA_PUBLIC_KEY_FP": "SHA256:" + base64.StdEncoding.EncodeToString(sum[:]),
		"RSA_PUBLIC_KEY_LAST_SET_TIME": time.Now().Format("2006-01-02 15:04:05.000 -0700"), "RSA_PUBLIC_KEY_2_FP": "null", "RSA_PUBLIC_KEY_2_LAST_SET_TIME": "null"}
	if a.second {
		told["RSA_PUBLIC_KEY_2_FP"], told["RSA_PUBLIC_KEY_2_LAST_SET_TIME"] = told["RSA_PUBLIC_KEY_FP"], told["RSA_PUBLIC_KEY_LAST_SET_TIME"]
	}
	maps.Copy(told, a.Properties)
	var rows []map[string]string
	for _, property := range slices.Sorted(maps.Keys(told)) {
		rows = append(rows, map[string]string{"property": property, "property_value": told[property], "default": "null", "description": ""})
	}
	return table([]string{"property", "property_value", "property_default", "description"}, rows)
}

func reply(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "data": data, "message": nil, "code": nil})
}

func refuse(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"success": false, "code": fmt.Sprintf("%06d", code), "message": message,
		"data": map[string]any{"errorCode": fmt.Sprintf("%06d", code), "sqlState": "42501", "queryId": "01-double"},
	})
}

func (a *Account) nothing(w http.ResponseWriter, _ *http.Request) { reply(w, nil) }
