package ui

import "text/template/parse"

// writeFixed replaces each call {{text "key"}} of a built-in template with the text, if
// it has no placeholders. Calls of functions would be most of the cost of a page.
//
// The text is escaped for HTML, and not for other contexts, such as a script: a test
// checks that the built-in templates have none. The files of a host are not changed.
func (l *Language) writeFixed(list *parse.ListNode) {
	if list == nil {
		return
	}
	for i, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			if text := l.fixed(node.Pipe); text != "" {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: node.Pos, Text: []byte(text)}
			}
		case *parse.IfNode:
			l.writeFixed(node.List)
			l.writeFixed(node.ElseList)
		case *parse.WithNode:
			l.writeFixed(node.List)
			l.writeFixed(node.ElseList)
		case *parse.RangeNode:
			l.writeFixed(node.List)
			l.writeFixed(node.ElseList)
		}
	}
}

// fixed returns the text that a pipeline writes, or "".
func (l *Language) fixed(pipe *parse.PipeNode) string {
	if len(pipe.Cmds) != 1 || len(pipe.Decl) > 0 || len(pipe.Cmds[0].Args) != 2 {
		return ""
	}
	name, isName := pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	key, isText := pipe.Cmds[0].Args[1].(*parse.StringNode)
	if !isName || !isText || name.Ident != "text" {
		return ""
	}
	return string(l.constant(key.Text))
}
