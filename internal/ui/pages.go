package ui

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A Part declares the pages of one part of the product.
type Part struct {
	// Name is the folder of the host's files, such as "web".
	Name string
	// Files has a *.html file for each page. The page has the name of the file, without
	// the extension. Files whose names begin with "_" define blocks that every page of
	// the part can use. The files in the folder "assets" are served by UI.Assets.
	Files fs.FS
	Funcs template.FuncMap
	// Data has a value of the type of View.Data for each page. Render accepts no other
	// type. It may be nil: then the data of the pages is not checked.
	Data map[string]any
	// Texts begins the keys of the texts of the part. The pages are shown only in
	// languages into which some of them are translated. Empty means all languages.
	Texts string
}

// Pages are the pages of a Part.
type Pages struct {
	ui   *UI
	part Part
	set  atomic.Pointer[pageSet]
}

// A pageSet parses each page when it is first needed.
type pageSet struct {
	languages *languages
	pages     map[pageKey]func() (*template.Template, error)
}

// A pageKey is a page in a language.
type pageKey struct{ name, language string }

// Replace replaces the pages with those that were parsed later.
func (p *Pages) Replace(later *Pages) { p.set.Store(later.set.Load()) }

// Pages returns the pages of a part. It parses and checks the pages to which files of the host
// belong, and the error contains all faults of these files. Any other page is parsed when it is
// first shown.
func (u *UI) Pages(part Part) (*Pages, error) {
	names, err := u.fileNames(part)
	if err != nil {
		return nil, err
	}
	set := pageSet{u.languages.with(part.Texts), make(map[pageKey]func() (*template.Template, error))}
	for _, language := range set.languages.list {
		base := sync.OnceValues(func() (*template.Template, error) { return u.base(part, names, language) })
		for _, file := range names {
			if strings.HasPrefix(file, "_") {
				continue
			}
			set.pages[pageKey{strings.TrimSuffix(file, ".html"), language.Tag}] = sync.OnceValues(func() (*template.Template, error) {
				shared, err := base()
				if err != nil {
					return nil, err
				}
				page, err := shared.Clone()
				if err != nil {
					return nil, err
				}
				return page, u.parse(page, language, part.Files, part.Name, file)
			})
		}
	}
	p := &Pages{ui: u, part: part}
	p.set.Store(&set)
	err = u.addAssets(part.Files)
	if u.Templates != nil {
		err = errors.Join(p.check(u.replaced(part, names)), err)
	}
	return p, err
}

// fileNames returns the names of the templates of a part. A host can add files whose
// names begin with "_".
func (u *UI) fileNames(part Part) ([]string, error) {
	names, err := fs.Glob(part.Files, "*.html")
	if err != nil || u.Templates == nil {
		return names, err
	}
	added, err := fs.Glob(u.Templates, path.Join(part.Name, "_*.html"))
	for _, file := range added {
		if name := path.Base(file); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, err
}

// sharedFiles are the files at the top whose blocks all pages of all parts can use.
var sharedFiles = []string{"connection.html", "layout.html", "question.html", "redirect.html", "retry.html", "summary.html"}

// replaced returns those of the pages of a part that use a file of the host. A file whose blocks all
// pages can use belongs to each page.
func (u *UI) replaced(part Part, names []string) (pages []string) {
	ofHost := func(file string) bool {
		u.know(file)
		_, err := fs.Stat(u.Templates, file)
		return !errors.Is(err, fs.ErrNotExist) // reading the file reports any other error
	}
	all := false
	for _, file := range sharedFiles {
		all = ofHost(file) || all
	}
	var every []string
	for _, file := range names {
		found := ofHost(path.Join(part.Name, file))
		page := strings.TrimSuffix(file, ".html")
		switch {
		case strings.HasPrefix(file, "_"):
			all = found || all
		case found:
			pages = append(pages, page)
			fallthrough
		default:
			every = append(every, page)
		}
	}
	if all {
		return every
	}
	return pages
}

// base parses the layout and the blocks that all pages of a part can use.
func (u *UI) base(part Part, names []string, language *Language) (*template.Template, error) {
	base := template.New("layout.html").Funcs(u.funcs(language)).Funcs(part.Funcs)
	var faults []error
	for _, file := range sharedFiles {
		faults = append(faults, u.parse(base, language, files, "", file))
	}
	for _, file := range names {
		if strings.HasPrefix(file, "_") {
			faults = append(faults, u.parse(base, language, part.Files, part.Name, file))
		}
	}
	return base, errors.Join(faults...)
}

// parse adds a file to a template. The name of the file is the name of its template,
// so that errors contain it.
func (u *UI) parse(t *template.Template, language *Language, fsys fs.FS, folder, file string) error {
	text, ofHost, err := u.read(fsys, folder, file)
	if err != nil {
		return err
	}
	name := path.Join(folder, file)
	if name != t.Name() {
		t = t.New(name)
	}
	if _, err = t.Parse(text); err != nil {
		return fmt.Errorf("template %s", strings.TrimPrefix(err.Error(), "template: "))
	}
	if !ofHost {
		for _, block := range t.Templates() {
			if block.Tree != nil && block.Tree.ParseName == name {
				language.writeFixed(block.Tree.Root)
			}
		}
	}
	return nil
}

// page returns a page in a language, and checks the type of its data.
func (s *pageSet) page(part Part, name string, l *Language, data any) (*template.Template, error) {
	parse := s.pages[pageKey{name, l.Tag}]
	if parse == nil {
		return nil, fmt.Errorf("page %q does not exist", name)
	}
	if want, got := dataType(part.Data[name]), dataType(data); part.Data != nil && want != got {
		return nil, fmt.Errorf("page %q: the data is a %v, want a %v", name, got, want)
	}
	return parse()
}

// dataType returns the type of the data of a page.
func dataType(data any) reflect.Type {
	t := reflect.TypeOf(data)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// names returns the names of the pages, in order.
func (s *pageSet) names() (names []string) {
	for key := range s.pages {
		if key.language == s.languages.list[0].Tag {
			names = append(names, key.name)
		}
	}
	slices.Sort(names)
	return names
}
