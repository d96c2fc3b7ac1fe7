package document

// checkDeep reads the array or object at i, which is too deep to keep, and everything inside it,
// however deep, without recursion. It decides only whether the grammar holds: a text that breaks it
// is no JSON, one that keeps it is too deep.
func (p *Parser) checkDeep(i int) int {
	p.tooDeep = true
	data := p.data
	for depth := 0; ; {
		// A value begins at i.
		if i < len(data) && (data[i] == '{' || data[i] == '[') {
			object := data[i] == '{'
			depth++
			p.setObject(depth, object)
			if i = p.space(i + 1); i >= len(data) || data[i] != shutting(object) {
				if i = p.deepName(i, object); i < 0 {
					return i
				}
				continue
			}
		} else if i = p.deepScalar(i); i < 0 {
			return i
		}
		// A value, or the first half of an empty array or object, ends before i.
		for i = p.space(i); i < len(data) && data[i] == shutting(p.isObject(depth)); i = p.space(i) {
			i++
			if depth--; depth == 0 {
				return i
			}
		}
		if i >= len(data) || data[i] != ',' {
			return p.fail(i, "a comma or a closing bracket is missing")
		}
		if i = p.deepName(p.space(i+1), p.isObject(depth)); i < 0 {
			return i
		}
	}
}

// deepScalar reads a string, number or word at i and keeps nothing of it.
func (p *Parser) deepScalar(i int) int {
	nodes, text := len(p.nodes), len(p.text)
	i = p.value(i, MaxDepth)
	p.nodes, p.text = p.nodes[:nodes], p.text[:text]
	return i
}

// deepName reads a field's name and colon at i, if it is inside an object, and keeps nothing of it.
func (p *Parser) deepName(i int, object bool) int {
	if !object {
		return i
	}
	nodes, text := len(p.nodes), len(p.text)
	if i = p.name(i); i < 0 {
		return i
	}
	p.nodes, p.text = p.nodes[:nodes], p.text[:text]
	return p.colon(i)
}

func shutting(object bool) byte {
	if object {
		return '}'
	}
	return ']'
}

// isObject tells what is open at that depth below MaxDepth, counted from 1.
func (p *Parser) isObject(depth int) bool { return p.open[depth/64]>>(depth%64)&1 != 0 }

func (p *Parser) setObject(depth int, object bool) {
	for depth/64 >= len(p.open) {
		p.open = append(p.open, 0)
	}
	bit := uint64(1) << (depth % 64)
	p.open[depth/64] &^= bit
	if object {
		p.open[depth/64] |= bit
	}
}
