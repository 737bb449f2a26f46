package ui

import (
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"
	"unicode"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// A fieldCheck finds fields and methods that the data of a page does not have, and
// blocks that do not exist. It follows all branches of a page, without data. A nil
// reflect.Type is a type that is known only when the page is shown.
type fieldCheck struct {
	page  *template.Template
	data  reflect.Type // of View.Data, or nil if the page has no data
	known bool         // data is known
	funcs map[string]reflect.Type
	// english has the texts that exist.
	english *Language
	// assets are the names of the files that pages can load.
	assets []string
	// faultyTexts is set if other texts can exist.
	faultyTexts bool
	// faults receives the faults.
	faults *faultList
	seen   map[string]bool // blocks, with the type of their data
	tree   *parse.Tree     // the tree that is being checked
}

// A variable of a template.
type variable struct {
	name string
	of   reflect.Type
}

// funcTypes returns the types of the functions that a template of the part can use.
func (u *UI) funcTypes(part Part) map[string]reflect.Type {
	types := make(map[string]reflect.Type)
	for _, funcs := range []template.FuncMap{u.funcs(u.languages.list[0]), part.Funcs} {
		for name, function := range funcs {
			types[name] = reflect.TypeOf(function)
		}
	}
	return types
}

func (c *fieldCheck) start() {
	c.seen = make(map[string]bool)
	if layout := c.page.Lookup("layout.html"); layout.Tree != nil {
		c.block(layout.Tree, layout.Tree.Root, "layout.html", reflect.TypeFor[page]())
	}
}

func (c *fieldCheck) fault(node parse.Node, format string, args ...any) {
	c.faults.add(fmt.Errorf("template %s: %s", location(c.tree, node), fmt.Sprintf(format, args...)))
}

// block checks a block whose data has the type dot. node includes it.
func (c *fieldCheck) block(from *parse.Tree, node parse.Node, name string, dot reflect.Type) {
	block := c.page.Lookup(name)
	if block == nil || block.Tree == nil {
		c.tree = from
		c.fault(node, "the block %q does not exist", name)
		return
	}
	key := fmt.Sprint(name, " ", dot)
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.tree = block.Tree
	c.list(block.Tree.Root, dot, []variable{{"$", dot}})
	c.tree = from
}

func (c *fieldCheck) list(list *parse.ListNode, dot reflect.Type, variables []variable) {
	if list == nil {
		return
	}
	variables = slices.Clip(variables)
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			if c.pipe(node.Pipe, dot, &variables) == reflect.TypeFor[Text]() && len(node.Pipe.Decl) == 0 {
				c.fault(node, "this would be in English in all languages: show it with the function text, as in {{text .Title}}")
			}
		case *parse.IfNode:
			inside := slices.Clip(variables)
			c.pipe(node.Pipe, dot, &inside)
			c.list(node.List, dot, inside)
			c.list(node.ElseList, dot, inside)
		case *parse.WithNode:
			inside := slices.Clip(variables)
			c.list(node.List, c.pipe(node.Pipe, dot, &inside), inside)
			c.list(node.ElseList, dot, inside)
		case *parse.RangeNode:
			c.rangeOver(node, dot, slices.Clip(variables))
		case *parse.TemplateNode:
			var data reflect.Type
			if node.Pipe != nil {
				data = c.pipe(node.Pipe, dot, &variables)
			}
			c.block(c.tree, node, node.Name, data)
		}
	}
}

func (c *fieldCheck) rangeOver(node *parse.RangeNode, dot reflect.Type, variables []variable) {
	over := *node.Pipe
	over.Decl = nil
	key, element := c.elements(node, c.pipe(&over, dot, &variables))
	switch declared := node.Pipe.Decl; len(declared) {
	case 1:
		variables = append(variables, variable{declared[0].Ident[0], element})
	case 2:
		variables = append(variables, variable{declared[0].Ident[0], key}, variable{declared[1].Ident[0], element})
	}
	c.list(node.List, element, variables)
	c.list(node.ElseList, dot, variables)
}

// elements returns the types of the keys and elements that a range visits.
func (c *fieldCheck) elements(node parse.Node, of reflect.Type) (key, element reflect.Type) {
	of = indirect(of)
	if of == nil {
		return nil, nil
	}
	switch of.Kind() {
	case reflect.Slice, reflect.Array:
		return reflect.TypeFor[int](), of.Elem()
	case reflect.Map:
		return of.Key(), of.Elem()
	case reflect.Struct, reflect.String, reflect.Bool, reflect.Float64:
		c.fault(node, "range needs a list, but this is a %s", describe(of))
	}
	return nil, nil
}

// pipe returns the type of a pipeline, and adds the variables that it declares.
func (c *fieldCheck) pipe(pipe *parse.PipeNode, dot reflect.Type, variables *[]variable) reflect.Type {
	var result reflect.Type
	for i, command := range pipe.Cmds {
		piped := 0
		if i > 0 {
			piped = 1
		}
		result = c.command(command, dot, *variables, piped)
	}
	if !pipe.IsAssign {
		for _, declared := range pipe.Decl {
			*variables = append(*variables, variable{declared.Ident[0], result})
		}
	}
	return result
}

// command returns the type of a command of a pipeline. piped is the number of values
// that it receives from the command before it.
func (c *fieldCheck) command(command *parse.CommandNode, dot reflect.Type, variables []variable, piped int) reflect.Type {
	arguments := make([]reflect.Type, len(command.Args)-1)
	for i, arg := range command.Args[1:] {
		arguments[i] = c.value(arg, dot, variables)
	}
	if name, ok := command.Args[0].(*parse.IdentifierNode); ok {
		switch name.Ident {
		case "text":
			c.text(command.Args[1:])
		case "asset":
			c.asset(command.Args[1:])
		case "textlink":
			c.text(command.Args[min(2, len(command.Args)):]) // after the address
		}
		return c.call(name, arguments, piped)
	}
	return c.value(command.Args[0], dot, variables)
}

// asset checks that a file exists, if its name is written in the template.
func (c *fieldCheck) asset(args []parse.Node) {
	if len(args) != 1 {
		return // reported as a call with other arguments, or the name comes from a command before
	}
	if name, ok := args[0].(*parse.StringNode); ok && !slices.Contains(c.assets, name.Text) {
		if _, isColor := colorStyles(name.Text); !isColor {
			c.fault(name, "the file assets/%s does not exist%s", name.Text, settings.DidYouMean(name.Text, c.assets))
		}
	}
}

// text checks the key of a text, and the names of its values.
func (c *fieldCheck) text(args []parse.Node) {
	if len(args) == 0 {
		return // reported as a call without arguments
	}
	key, ok := args[0].(*parse.StringNode)
	if !ok {
		return // a Text
	}
	m := c.english.message(key.Text)
	if m == nil && c.faultyTexts && strings.HasPrefix(key.Text, ownPrefix) {
		return // it can be in a catalogue with a fault
	}
	if m == nil {
		c.fault(key, "the text %q does not exist%s", key.Text, similarKey(key.Text, c.english.texts().catalogue))
		return
	}
	var names []string
	for i := 1; i < len(args); i += 2 {
		name, ok := args[i].(*parse.StringNode)
		if !ok || i+1 == len(args) {
			c.fault(args[i], `after the key, the function text needs pairs of a name and a value, as in {{text %q "app" .App}}`, key.Text)
			return
		}
		names = append(names, name.Text)
	}
	slices.Sort(names)
	if wanted := m.placeholders(); !slices.Equal(names, wanted) {
		c.fault(key, "the text %q has the placeholders %q, but the values here are %q", key.Text, wanted, names)
	}
}

// value returns the type of an operand.
func (c *fieldCheck) value(node parse.Node, dot reflect.Type, variables []variable) reflect.Type {
	switch node := node.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return c.fields(node, dot, node.Ident)
	case *parse.VariableNode:
		for _, v := range slices.Backward(variables) {
			if v.name == node.Ident[0] {
				return c.fields(node, v.of, node.Ident[1:])
			}
		}
	case *parse.ChainNode:
		return c.fields(node, c.value(node.Node, dot, variables), node.Field)
	case *parse.PipeNode:
		return c.pipe(node, dot, &variables)
	case *parse.IdentifierNode:
		return c.call(node, nil, 0)
	case *parse.StringNode:
		return reflect.TypeFor[string]()
	case *parse.BoolNode:
		return reflect.TypeFor[bool]()
	}
	return nil
}

// call returns the type of the result of a function.
func (c *fieldCheck) call(node *parse.IdentifierNode, arguments []reflect.Type, piped int) reflect.Type {
	function := c.funcs[node.Ident]
	if function == nil {
		return builtIn(node.Ident, arguments)
	}
	got, want := len(arguments)+piped, function.NumIn()
	switch {
	case !function.IsVariadic() && got != want:
		c.fault(node, "the function %s has %d arguments here, want %d", node.Ident, got, want)
	case function.IsVariadic() && got < want-1:
		c.fault(node, "the function %s has %d arguments here, want at least %d", node.Ident, got, want-1)
	}
	return function.Out(0)
}

// builtIn returns the type of the result of a function of html/template.
func builtIn(name string, arguments []reflect.Type) reflect.Type {
	switch name {
	case "not", "eq", "ne", "lt", "le", "gt", "ge":
		return reflect.TypeFor[bool]()
	case "len":
		return reflect.TypeFor[int]()
	case "html", "js", "print", "printf", "println", "urlquery":
		return reflect.TypeFor[string]()
	case "and", "or":
		if len(arguments) > 0 && !slices.ContainsFunc(arguments, func(t reflect.Type) bool { return t != arguments[0] }) {
			return arguments[0]
		}
	case "slice":
		if len(arguments) > 0 {
			return arguments[0]
		}
	case "index":
		if len(arguments) == 2 {
			if of := indirect(arguments[0]); of != nil && slices.Contains([]reflect.Kind{reflect.Slice, reflect.Array, reflect.Map}, of.Kind()) {
				return of.Elem()
			}
		}
	}
	return nil
}

// fields returns the type of a chain of fields, such as .Data.App.Name.
func (c *fieldCheck) fields(node parse.Node, of reflect.Type, names []string) reflect.Type {
	for i, name := range names {
		if of == nil {
			return nil
		}
		next, found := c.field(of, name)
		if !found {
			c.fault(node, "%s has no field or method %s%s", describe(of), name, has(of))
			return nil
		}
		if next == nil && i < len(names)-1 && c.known && (of == reflect.TypeFor[page]() || of == reflect.TypeFor[View]()) {
			c.fault(node, "this page has no data")
		}
		of = next
	}
	return of
}

// field returns the type of a field, of the result of a method, or of a value of a map.
func (c *fieldCheck) field(of reflect.Type, name string) (reflect.Type, bool) {
	base := indirect(of)
	if name == "Data" && (base == reflect.TypeFor[page]() || base == reflect.TypeFor[View]()) {
		return c.data, true
	}
	for _, receiver := range []reflect.Type{of, reflect.PointerTo(base)} {
		if method, ok := receiver.MethodByName(name); ok {
			return method.Type.Out(0), true
		}
	}
	switch base.Kind() {
	case reflect.Interface:
		return nil, true
	case reflect.Map:
		return base.Elem(), true
	case reflect.Struct:
		if field, ok := base.FieldByName(name); ok && field.IsExported() {
			return field.Type, true
		}
	}
	return nil, false
}

// indirect returns the type that a pointer points to.
func indirect(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// describe returns a name for a type.
func describe(t reflect.Type) string {
	t = indirect(t)
	if t == reflect.TypeFor[page]() {
		return "the layout"
	}
	if _, name, _ := strings.Cut(t.String(), "."); name != "" && unicode.IsLower(rune(name[0])) {
		return name
	}
	return t.String()
}

// has returns the names of the fields of a struct.
func has(t reflect.Type) string {
	t = indirect(t)
	if t.Kind() != reflect.Struct {
		return ""
	}
	var names []string
	for _, field := range reflect.VisibleFields(t) {
		if field.IsExported() && !field.Anonymous {
			names = append(names, field.Name)
		}
	}
	return " (it has " + strings.Join(names, ", ") + ")"
}
