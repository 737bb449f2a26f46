package latchkeytest

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A form is a form of a page.
type form struct {
	action string
	names  []string   // of all fields and buttons, and NAME=VALUE of those with a value
	values url.Values // that a browser would send without any input
	hidden url.Values
	needed []string // names of hidden and required fields, and of buttons, with NAME=VALUE
}

// fill adds to fields what a browser sends with them, and returns the address of the
// form that has them all, or "" for that of the page.
func fill(page string, fields url.Values) (action string) {
	forms := readForms(page)
	for _, f := range forms {
		if f.hasAll(fields) {
			addMissing(fields, f.values)
			return f.action
		}
	}
	for _, f := range forms {
		addMissing(fields, f.hidden)
	}
	return ""
}

func (f form) hasAll(fields url.Values) bool {
	for name := range fields {
		if !slices.Contains(f.names, name) {
			return false
		}
	}
	return len(fields) > 0
}

func addMissing(fields, values url.Values) {
	for name, value := range values {
		if !fields.Has(name) {
			fields[name] = value
		}
	}
}

// hasField reports whether a form of the page has a field with this name.
func hasField(page, name string) bool {
	return slices.ContainsFunc(readForms(page), func(f form) bool { return slices.Contains(f.names, name) })
}

// readForms returns the forms of a page that are submitted with POST.
func readForms(page string) (forms []form) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil // only the reader can fail
	}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && node.DataAtom == atom.Form && strings.EqualFold(attribute(node, "method"), "post") {
			forms = append(forms, readForm(node))
		}
	}
	return forms
}

func readForm(node *html.Node) form {
	f := form{action: attribute(node, "action"), values: make(url.Values), hidden: make(url.Values)}
	for field := range node.Descendants() {
		name := attribute(field, "name")
		if field.Type != html.ElementNode || name == "" {
			continue
		}
		value := attribute(field, "value")
		switch field.DataAtom {
		case atom.Button:
		case atom.Textarea:
			if field.FirstChild != nil {
				value = field.FirstChild.Data
			}
			f.values.Add(name, value)
		case atom.Select:
			f.values.Add(name, selected(field))
		case atom.Input:
			switch strings.ToLower(attribute(field, "type")) {
			case "submit", "image", "button", "file":
			case "hidden":
				f.values.Add(name, value)
				f.hidden.Add(name, value)
			case "checkbox", "radio":
				if has(field, "checked") && !has(field, "disabled") {
					f.values.Add(name, value)
				}
			default:
				f.values.Add(name, value)
			}
		default:
			continue
		}
		f.names = append(f.names, name)
		if value != "" {
			f.names = append(f.names, name+"="+value)
		}
		if field.DataAtom == atom.Button || f.hidden.Has(name) || has(field, "required") || name == "allow" {
			f.needed = append(f.needed, name)
		}
		if field.DataAtom == atom.Button && value != "" {
			f.needed = append(f.needed, name+"="+value)
		}
	}
	return f
}

// selected returns the value of the option that is selected, or of the first one.
func selected(list *html.Node) (value string) {
	first := true
	for option := range list.Descendants() {
		if option.DataAtom != atom.Option {
			continue
		}
		if first || has(option, "selected") {
			value = attribute(option, "value")
			if !has(option, "value") && option.FirstChild != nil {
				value = option.FirstChild.Data
			}
		}
		first = false
	}
	return value
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}
