package document

// Parser reads documents one after another and keeps its memory for the next one. The zero Parser
// is ready. It belongs to one goroutine at a time; Values may be read by several.
type Parser struct{}

// Parse reads data, which must hold exactly one JSON document and must not change while its Values
// are in use. The Value, and everything got from it, is valid until the next Parse.
//
// The error is a *SyntaxError, ErrTooDeep or ErrTooLarge.
func (p *Parser) Parse(data []byte) (Value, error) { return Value{}, nil }
