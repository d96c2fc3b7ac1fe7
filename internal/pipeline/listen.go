package pipeline

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/event"
)

func (r *reader) listen(n *yaml.Node, p *Pipeline) {
	const example = "listen: {kinesis: 127.0.0.1:4567, http: 127.0.0.1:8080}"
	r.mapping(n, "listen", example, []word{
		{"kinesis", func(n *yaml.Node) { r.address("the Kinesis address", n, &p.Listen.Kinesis) }},
		{"http", func(n *yaml.Node) { r.address("the HTTP address", n, &p.Listen.HTTP) }},
		{"tls", func(n *yaml.Node) { r.tls(n, p) }},
	})
}

func (r *reader) address(name string, n *yaml.Node, to *string) {
	value, ok := r.Text(name, n)
	if !ok {
		return
	}
	if _, err := parseAddress(value); err != nil {
		r.Fault(n, fmt.Sprintf("%s is %q", name, value), "write host:port, such as 127.0.0.1:4567")
		return
	}
	*to = value
}

func (r *reader) tls(n *yaml.Node, p *Pipeline) {
	const example = "tls: {cert: server.crt, key: server.key}"
	file := func(name string, to *string) word {
		return word{name, func(n *yaml.Node) {
			value, ok := r.Text(name, n)
			if !ok {
				return
			}
			*to = resolve(p.Dir, value)
			if r.noSecrets {
				return
			}
			if info, err := os.Stat(*to); err != nil || info.IsDir() {
				r.Fault(n, fmt.Sprintf("the file %s is not there", *to), "write the path of a PEM file, relative to the pipeline's folder")
			}
		}}
	}
	seen := r.mapping(n, "tls", example, []word{file("cert", &p.TLS.Cert), file("key", &p.TLS.Key)})
	if n.Kind == yaml.MappingNode && (seen["cert"] == nil || seen["key"] == nil) {
		r.Fault(n, "tls needs both a certificate and its key", "write it like this: "+example)
	}
}

// resolve makes a path of the file one of the process.
func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// mayListen checks the file's addresses once it is known who has access.
func (r *reader) mayListen(root, at *yaml.Node, p *Pipeline) {
	if at == nil {
		at = root
	}
	for _, err := range []*event.Error{p.mayListenKinesis(p.Listen.Kinesis), p.mayListenHTTP(p.Listen.HTTP)} {
		if err != nil {
			r.Fault(at, err.Message, err.Hint)
		}
	}
}

// MayListenKinesis refuses an address that other machines can reach while there is no access key. The
// file's own addresses have been checked by Load; this is for those that replace them.
func (p *Pipeline) MayListenKinesis(address string) error { return orNil(p.mayListenKinesis(address)) }

// MayListenHTTP refuses an address that other machines can reach while nobody has access.
func (p *Pipeline) MayListenHTTP(address string) error { return orNil(p.mayListenHTTP(address)) }

// orNil keeps a nil *event.Error from becoming an error that is not nil.
func orNil(err *event.Error) error {
	if err == nil {
		return nil
	}
	return err
}

func (p *Pipeline) mayListenKinesis(address string) *event.Error {
	return mayListen(address, len(p.AccessKeys) > 0, "there is no access key", "add access_keys: [{id: SHOP, secret_env: SHOP_SECRET}]")
}

func (p *Pipeline) mayListenHTTP(address string) *event.Error {
	return mayListen(address, !p.Access.Empty(), "there is no access to the HTTP API", "add "+accessExample)
}

func mayListen(address string, guarded bool, missing, instead string) *event.Error {
	loopback, err := parseAddress(address)
	if err != nil {
		return &event.Error{
			Code: "address", Message: fmt.Sprintf("the address %q is not one to listen on", address),
			Hint: "write host:port, such as 127.0.0.1:4567", Err: err,
		}
	}
	if !loopback && !guarded {
		return &event.Error{
			Code:    "credentials_required",
			Message: fmt.Sprintf("the address %s can be reached from other machines, and %s", address, missing),
			Hint:    "listen on 127.0.0.1, or " + instead,
		}
	}
	return nil
}

var errPort = errors.New("the port is not a number from 0 to 65535")

// parseAddress checks host:port and reports whether only this machine can reach it.
func parseAddress(address string) (loopback bool, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false, err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, errPort
	}
	if host == "localhost" {
		return true, nil
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback(), nil
}
