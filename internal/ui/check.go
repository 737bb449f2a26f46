package ui

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// check returns the faults of these pages. Each names its file and line.
func (p *Pages) check(pages []string) error {
	var faults faultList
	set := p.set.Load()
	english := set.languages.list[0]
	for _, name := range pages {
		page, err := set.pages[pageKey{name, english.Tag}]()
		if err != nil {
			faults.add(err)
			continue
		}
		faults.add(p.checkBlocks(name, page)...)
		fields := fieldCheck{page: page, data: dataType(p.part.Data[name]), known: p.part.Data != nil, funcs: p.ui.funcTypes(p.part), english: english, faultyTexts: p.ui.faultyTexts, assets: append(p.ui.assetNames(), brandFile, themeFile), faults: &faults}
		fields.start()
		if len(faults) == 0 {
			faults.add(escapingFault(page))
		}
	}
	return errors.Join(faults...)
}

// A faultList contains each fault once: many pages can use the same block.
type faultList []error

func (l *faultList) add(faults ...error) {
	for _, fault := range faults {
		if fault == nil {
			continue
		}
		if joined, ok := fault.(interface{ Unwrap() []error }); ok {
			l.add(joined.Unwrap()...)
			continue
		}
		if !slices.ContainsFunc(*l, func(known error) bool { return known.Error() == fault.Error() }) {
			*l = append(*l, fault)
		}
	}
}

// checkBlocks checks that the host's files define the blocks that others need, and
// that they contain no text that no page shows.
func (p *Pages) checkBlocks(name string, page *template.Template) (faults []error) {
	own := path.Join(p.part.Name, name+".html")
	if content := page.Lookup("content"); content == nil || content.Tree == nil || content.Tree.ParseName != own {
		faults = append(faults, fmt.Errorf(`template %s:1: the block "content" is missing or empty: put the page between {{define "content"}} and {{end}}`, own))
	}
	if layout := page.Lookup("layout.html"); !includes(layout.Tree.Root, "content") {
		faults = append(faults, errors.New(`template layout.html:1: the file does not contain {{template "content" .}}, so no page would show its content`))
	}
	for _, t := range page.Templates() {
		if !strings.HasSuffix(t.Name(), ".html") || t.Name() == "layout.html" || t.Tree == nil {
			continue
		}
		for _, node := range t.Tree.Root.Nodes {
			if text, ok := node.(*parse.TextNode); !ok || strings.TrimSpace(string(text.Text)) != "" {
				faults = append(faults, fmt.Errorf("template %s: no page shows this, because it is outside of {{define}}", location(t.Tree, node)))
				break
			}
		}
	}
	return faults
}

// includes reports whether a template includes the block with this name.
func includes(list *parse.ListNode, block string) bool {
	if list == nil {
		return false
	}
	return slices.ContainsFunc(list.Nodes, func(node parse.Node) bool {
		switch node := node.(type) {
		case *parse.TemplateNode:
			return node.Name == block
		case *parse.IfNode:
			return includes(node.List, block) || includes(node.ElseList, block)
		case *parse.WithNode:
			return includes(node.List, block) || includes(node.ElseList, block)
		}
		return false
	})
}

// location returns "web/login.html:3:7" for a node.
func location(tree *parse.Tree, node parse.Node) string {
	// White space before the first word of a text is not where the fault is.
	if text, ok := node.(*parse.TextNode); ok {
		trimmed := strings.TrimLeft(string(text.Text), " \t\r\n")
		node = &parse.TextNode{NodeType: parse.NodeText, Pos: text.Pos + parse.Pos(len(text.Text)-len(trimmed)), Text: text.Text}
	}
	place, _ := tree.ErrorContext(node)
	return place
}

// escapingFault returns the fault that prevents the escaping of a page, such as an
// attribute without a closing quotation mark. Executing a page escapes it first.
// Later errors are ignored, because there is no data.
func escapingFault(page *template.Template) error {
	unescaped, err := page.Clone()
	if err != nil {
		return err
	}
	fault, ok := errors.AsType[*template.Error](page.Execute(io.Discard, nil))
	if !ok {
		return nil
	}
	if fault.Node != nil && fault.Name != "layout.html" {
		return fmt.Errorf("template %s", strings.TrimPrefix(fault.Error(), "html/template:"))
	}
	// The error has no location, or its location is behind the fault. Find a block that
	// has a fault on its own.
	for _, block := range unescaped.Templates() {
		alone, err := unescaped.Clone()
		if err != nil || block.Tree == nil || block.Name() == "layout.html" {
			continue
		}
		if inBlock, ok := errors.AsType[*template.Error](alone.ExecuteTemplate(io.Discard, block.Name(), nil)); ok && inBlock.ErrorCode == template.ErrEndContext {
			return fmt.Errorf("template %s: the block %q %s", location(block.Tree, block.Tree.Root), block.Name(), inBlock.Description)
		}
	}
	if fault.Node != nil {
		return fmt.Errorf("template %s", strings.TrimPrefix(fault.Error(), "html/template:"))
	}
	return fmt.Errorf("template %s:1: %s", fault.Name, fault.Description)
}

// pageExtensions are the extensions of files that belong to pages.
var pageExtensions = []string{".html", ".htm", ".tmpl", ".gohtml", ".css", ".js"}

// CheckFiles reports the files of the host that do not replace a built-in file, such as
// those with a misspelt name. The Pages of all parts must have been parsed. The folder
// can contain other files, unless they have the extension of a page or are in the folder
// of a part.
func (u *UI) CheckFiles(parts ...string) error {
	if u.Templates == nil {
		return nil
	}
	var faults []error
	err := fs.WalkDir(u.Templates, ".", func(file string, entry fs.DirEntry, err error) error {
		folder, rest, inside := strings.Cut(file, "/")
		switch {
		case err != nil:
			return err
		case file != "." && strings.HasPrefix(path.Base(file), "."), file == "assets":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir() || u.known[file]:
			return nil
		case u.known[rest] && !slices.Contains(parts, folder), folder != textsFolder && path.Dir(rest) == textsFolder && path.Ext(rest) == ".json":
			faults = append(faults, fmt.Errorf("template %s: the file has no effect, because it is in the folder %s instead of at the top. With an embed.FS, use fs.Sub(files, %q)", file, folder, folder))
		case folder == textsFolder && path.Dir(file) == textsFolder && path.Ext(file) == ".json": // loadLanguages has checked it
		case folder == textsFolder || isCatalogue(path.Base(file)):
			faults = append(faults, fmt.Errorf("template %s: the file has no effect. Catalogues are in the folder %s, and have names such as de.json", file, textsFolder))
		case inside && slices.Contains(parts, folder) || slices.Contains(pageExtensions, path.Ext(file)):
			faults = append(faults, fmt.Errorf("template %s: the file does not replace a built-in file%s. Files that a page loads belong in the folder assets", file, u.similar(file)))
		}
		return nil
	})
	return errors.Join(append(faults, err)...)
}
