package jose

// PlainValue is a value in a plain JSON object. Exactly one of IsText, IsList and IsNumber is
// true.
type PlainValue struct {
	Text   string
	List   []string
	Number int64

	IsText, IsList, IsNumber bool
}

// ReadPlain calls member for each member of a JSON object, and reports whether the object is
// plain and member always returned true. An object is plain if its names and values need no
// decoder: strings as in PlainString, lists of them, and whole numbers from 0 with at most
// 12 digits. Headers and claims of most tokens are plain; a caller must decode others in
// another way. The strings share the memory of the text. Names can be repeated.
func ReadPlain(text string, member func(name string, value PlainValue) bool) bool {
	r := plainReader(text)
	if !r.skip('{') {
		return false
	}
	for {
		name, ok := r.text()
		if !ok || !r.skip(':') {
			return false
		}
		value, ok := r.value()
		if !ok || !member(name, value) {
			return false
		}
		if !r.skip(',') {
			return r.skip('}') && r == ""
		}
	}
}

// plainReader is the rest of a text.
type plainReader string

// skip skips one byte and the spaces around it, and reports whether the byte was there.
func (r *plainReader) skip(c byte) bool {
	r.skipSpaces()
	if *r == "" || (*r)[0] != c {
		return false
	}
	*r = (*r)[1:]
	r.skipSpaces()
	return true
}

func (r *plainReader) skipSpaces() {
	for *r != "" && (*r)[0] == ' ' {
		*r = (*r)[1:]
	}
}

func (r *plainReader) text() (string, bool) {
	if *r == "" || (*r)[0] != '"' {
		return "", false
	}
	for i := 1; i < len(*r); i++ {
		switch c := (*r)[i]; {
		case c == '"':
			text := string((*r)[1:i])
			*r = (*r)[i+1:]
			return text, true
		case c < ' ' || c > '~' || c == '\\':
			return "", false
		}
	}
	return "", false
}

func (r *plainReader) value() (value PlainValue, ok bool) {
	switch {
	case *r == "":
		return PlainValue{}, false
	case (*r)[0] == '"':
		value.IsText = true
		value.Text, ok = r.text()
	case (*r)[0] == '[':
		value.IsList = true
		value.List, ok = r.list()
	default:
		value.IsNumber = true
		value.Number, ok = r.number()
	}
	return value, ok
}

// list reads a list of strings that is not empty.
func (r *plainReader) list() (list []string, ok bool) {
	r.skip('[')
	for {
		text, ok := r.text()
		if !ok {
			return nil, false
		}
		list = append(list, text)
		if !r.skip(',') {
			return list, r.skip(']')
		}
	}
}

func (r *plainReader) number() (number int64, ok bool) {
	i := 0
	for ; i < len(*r) && (*r)[i] >= '0' && (*r)[i] <= '9'; i++ {
		if i == 12 || i == 1 && number == 0 { // JSON has no leading zeros
			return 0, false
		}
		number = 10*number + int64((*r)[i]-'0')
	}
	*r = (*r)[i:]
	return number, i > 0
}
