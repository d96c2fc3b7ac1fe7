package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// answerTime is how long an answer may take.
const answerTime = 30 * time.Second

// connection sends requests one after another over one TCP connection, which it makes anew after
// a failure.
type connection struct {
	address string
	conn    net.Conn
	// buffer holds the answer; it grows to the largest.
	buffer []byte
}

// answer is what the endpoint said; body is valid until the next request.
type answer struct {
	status int
	body   []byte
}

// errUnknown marks failures after the request may have been received: what became of it is not known.
var errUnknown = errors.New("no answer")

// exchange sends a request and reads its answer.
func (c *connection) exchange(ctx context.Context, request []byte) (answer, error) {
	if c.conn == nil {
		conn, err := (&net.Dialer{Timeout: answerTime}).DialContext(ctx, "tcp", c.address)
		if err != nil {
			return answer{}, err
		}
		c.conn = conn
	}
	a, err := c.try(request)
	if err != nil {
		c.close()
		return a, fmt.Errorf("%w: %w", errUnknown, err)
	}
	return a, nil
}

func (c *connection) close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing of it is used any more
		c.conn = nil
	}
}

func (c *connection) try(request []byte) (answer, error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return answer{}, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return answer{}, err
	}
	if c.buffer == nil {
		c.buffer = make([]byte, 128<<10)
	}
	filled, head := 0, -1
	for head < 0 {
		n, err := c.conn.Read(c.buffer[filled:])
		filled += n
		if head = bytes.Index(c.buffer[:filled], []byte("\r\n\r\n")); head < 0 && err != nil {
			return answer{}, err
		}
		if filled == len(c.buffer) && head < 0 {
			return answer{}, errors.New("the answer has no end of its head")
		}
	}
	head += 4
	length, ok := contentLength(c.buffer[:head])
	if !ok {
		return c.slowly(filled)
	}
	status, err := strconv.Atoi(string(c.buffer[len("HTTP/1.1 "):][:3]))
	if err != nil {
		return answer{}, err
	}
	if total := head + length; total > len(c.buffer) {
		c.buffer = append(c.buffer[:filled], make([]byte, total-filled)...)
	}
	if filled < head+length {
		if _, err := io.ReadFull(c.conn, c.buffer[filled:head+length]); err != nil {
			return answer{}, err
		}
	}
	return answer{status, c.buffer[head : head+length]}, nil
}

// contentLength finds the header of that name.
func contentLength(head []byte) (length int, ok bool) {
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, found := bytes.Cut(line, []byte{':'})
		if found && bytes.EqualFold(name, []byte("Content-Length")) {
			length, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			return length, err == nil && length >= 0
		}
	}
	return 0, false
}

// slowly reads an answer without Content-Length, of which filled bytes are in the buffer.
func (c *connection) slowly(filled int) (answer, error) {
	whole := io.MultiReader(bytes.NewReader(append([]byte(nil), c.buffer[:filled]...)), c.conn)
	response, err := http.ReadResponse(bufio.NewReader(whole), nil)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(response.Body)
	if err == nil && response.Close {
		c.close()
	}
	return answer{response.StatusCode, body}, err
}
