package dashboard

import (
	"errors"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/penstock/penstock/internal/access"
)

// me says who the caller is, so that pages know what to show.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	who := s.arrive(r)
	defer who.leave()
	s.writeMe(w, who.Identity)
}

// meAnswer is who calls, and what.
type meAnswer struct {
	User     string `json:"user"`
	Role     string `json:"role"`
	Open     bool   `json:"open"`
	Pipeline string `json:"pipeline"`
	Version  string `json:"version"`
}

func (s *Server) meOf(who access.Identity) meAnswer {
	return meAnswer{User: who.Name, Role: who.Role.String(), Open: s.open(), Pipeline: s.cfg.Pipeline, Version: s.cfg.Version}
}

func (s *Server) writeMe(w http.ResponseWriter, who access.Identity) {
	writeJSON(w, http.StatusOK, s.meOf(who))
}

// loginRequest is a user with a password, or a token.
type loginRequest struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Token    string `json:"token"`
}

// login starts a session. Its id is new each time, whatever cookie the caller has, which ends the session before.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	var request loginRequest
	if !readJSON(w, r, &request) {
		return
	}
	if s.open() {
		s.writeMe(w, access.Identity{Role: operator})
		return
	}
	if len(request.User) > access.MaxNameBytes || len(request.Password) > access.MaxPasswordBytes || len(request.Token) > access.MaxTokenBytes {
		loginFailed(w, access.ErrWrong)
		return
	}
	var id string
	var who access.Identity
	var err error
	if request.Token != "" {
		id, who, err = s.door.LoginToken(addressOf(r), request.Token)
	} else {
		id, who, err = s.door.Login(r.Context(), addressOf(r), request.User, request.Password)
	}
	if err != nil {
		if _, many := errors.AsType[*access.TooManyError](err); !many || s.refusals.first(addressOf(r), time.Now()) {
			s.cfg.Logger.Warn("a login was refused", "address", addressOf(r).String(), "reason", err)
		}
		loginFailed(w, err)
		return
	}
	if old, err := r.Cookie(s.cookieName()); err == nil {
		s.door.Logout(old.Value)
	}
	s.cfg.Logger.Info("somebody logged in", "name", who.Name, "role", who.Role.String(), "address", addressOf(r).String())
	http.SetCookie(w, s.cookie(id, int(access.SessionLife.Seconds())))
	s.writeMe(w, who)
}

func loginFailed(w http.ResponseWriter, err error) {
	if many, ok := errors.AsType[*access.TooManyError](err); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(max(many.Wait, time.Second).Seconds()))))
		writeError(w, http.StatusTooManyRequests, apiError{Code: "too_many_logins", Message: err.Error()})
		return
	}
	if !errors.Is(err, access.ErrWrong) {
		writeError(w, http.StatusServiceUnavailable, toAPIError(err))
		return
	}
	writeError(w, http.StatusUnauthorized, apiError{Code: "login_refused", Message: err.Error()})
}

// logout ends the session, whoever asks: to have its cookie is enough.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if !isJSON(r) {
		notJSON(w)
		return
	}
	if cookie, err := r.Cookie(s.cookieName()); err == nil && !s.open() {
		s.door.Logout(cookie.Value)
	}
	http.SetCookie(w, s.cookie("", -1))
	who := access.Identity{}
	if s.open() {
		who.Role = operator
	}
	s.writeMe(w, who)
}

// cookie holds a session's id, or with a negative age takes it back. Scripts cannot read it, and browsers send it
// only with requests of the dashboard's own pages.
func (s *Server) cookie(id string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: id, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.tls(),
	}
}

// cookieName has the port in it, because browsers keep one set of cookies for all ports of a host, and __Host-
// where they then make sure that it is the server's own (RFC 6265bis, 4.1.3.2).
func (s *Server) cookieName() string {
	name := "penstock"
	if _, port, err := net.SplitHostPort(s.cfg.Address); err == nil {
		name += "-" + port
	}
	if s.tls() {
		return "__Host-" + name
	}
	return name
}

// addressOf is the address a request comes from. Headers of proxies are not believed: anybody can write them.
func addressOf(r *http.Request) netip.Addr {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return from.Addr()
}
