package lab

import (
	"encoding/xml"
	"errors"
	"html"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wellFormed checks that tags nest and close, and that the page needs nothing from elsewhere.
func wellFormed(t *testing.T, html string) {
	t.Helper()
	closed := regexp.MustCompile(`<(meta|link|source|img)([^>]*)>`).ReplaceAllString(html, "<$1$2/>")
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(closed, "<!DOCTYPE html>")))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.NotContains(t, html, "<script")
	require.NotRegexp(t, `(?i)(src|srcset|href)="(https?:)?//`, html)
	require.NotContains(t, html, "url(")
	require.NotContains(t, html, "@import")
}

func gallery(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "index.html"))
	require.NoError(t, err)
	wellFormed(t, string(data))
	return string(data)
}

func TestGallery_ShowsEveryResult(t *testing.T) {
	dir := t.TempDir()
	wrong := func(load float64) float64 { return mm1(load) + 2 }
	c := catalogue(queue(wrong), kinds())
	code, _, stderr := command(c, "all", "-out", dir)
	require.Equal(t, exitFailed, code, stderr)
	page := gallery(t, dir)
	for _, want := range []string{
		galleryMark,
		`<meta name="viewport" content="width=device-width, initial-scale=1">`,
		"prefers-color-scheme: dark",
		`<source media="(prefers-color-scheme: dark)" srcset="./queue/dark.svg">`,
		`<img src="./queue/light.svg" alt="Chart: Waiting explodes as a server fills up; Mean time in system (service times), exact">`,
		`<h3>How long is the wait as a server fills up?</h3>`,
		`<li class="false"><span class="mark">✗</span><span>at load 0.9 a request takes ten times as long as its service</span>`,
		`<span class="numbers">measured <b>12</b> (11.5 to 12.5) · bound <b>10</b></span></li>`,
		`<li class="holds"><span class="mark">✓</span><span>the time grows with the load</span>`,
		`<span class="numbers">measured <b>3</b> · bound <b>1</b></span></li>`,
		`<pre>go run ./examples queue</pre>`,
		`href="./queue/data.csv"`, `href="./queue/result.json"`, `href="./queue/light.svg"`, `href="./queue/dark.svg"`, `href="./queue/chart.png"`,
		`<tr><td>load</td><td>0.5,0.7,0.9</td><td>offered load<small>of capacity</small></td></tr>`,
		"<strong>2</strong> experiments:\n<strong>2</strong> findings hold,\n<strong class=\"false\">1</strong> does not.",
	} {
		require.Contains(t, page, want)
	}
	require.Less(t, strings.Index(page, `id="experiment-kinds"`), strings.Index(page, `id="experiment-queue"`), "topics are in the catalogue's order")

	// An exploration is not asserted, and an experiment that is registered no longer stays.
	code, _, _ = command(catalogue(queue(wrong)), "queue", "-load", ".5,.7", "-out", dir)
	require.Equal(t, exitOK, code)
	page = gallery(t, dir)
	for _, want := range []string{
		`id="experiment-kinds"`,
		`<li class="absent"><span class="mark">not here</span><span>at load 0.9 a request takes ten times as long as its service</span></li>`,
		`<li class="observed"><span class="mark">observed</span><span>the time grows with the load</span>`,
		`<pre>go run ./examples queue -load 0.5,0.7</pre>`,
		`<td><b>0.5,0.7</b><small>default 0.5,0.7,0.9</small></td>`,
		"<summary>Parameters: 1 changed</summary>",
		"<strong>2</strong> come from changed parameters, where nothing is asserted.",
	} {
		require.Contains(t, page, want)
	}
}

func TestGallery_KeepsTheCataloguesOrder(t *testing.T) {
	dir := t.TempDir()
	none := func(*Parameters) {}
	for name, topic := range map[string]string{"a-cake": "baking", "b-play": "acting", "c-cake": "baking"} {
		gone := trivial(name, none)
		gone.Topic = topic
		_, _, _ = command(Catalogue{Topics: []string{topic}, Experiments: []Experiment{gone}}, "all", "-out", dir)
	}
	_, _, _ = command(catalogue(trivial("a-gone", none)), "all", "-out", dir)
	c := catalogue(queue(mm1), trivial("z", none), trivial("m", none), trivial("b", none))
	_, _, _ = command(c, "b", "queue", "z", "m", "-out", dir)
	var order []string
	for _, id := range regexp.MustCompile(`id="experiment-([^"]*)"`).FindAllStringSubmatch(gallery(t, dir), -1) {
		order = append(order, id[1])
	}
	require.Equal(t, []string{"z", "m", "b", "a-gone", "queue", "b-play", "a-cake", "c-cake"}, order)
}

// Links lead to files that are there, whatever the folder is called.
func TestGallery_LinksLeadToFiles(t *testing.T) {
	dir := t.TempDir()
	_, _, _ = command(catalogue(queue(mm1)), "queue", "-out", dir)
	for _, name := range []string{"a b, c", "50%", "#1?x=y", "javascript:alert(1)", `"><b>`, "é"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(dir, "queue"))); err != nil {
			t.Logf("this system has no folder %q: %v", name, err)
		}
	}
	code, _, stderr := command(catalogue(queue(mm1)), "queue", "-out", dir)
	require.Equal(t, exitOK, code)
	require.NotContains(t, stderr, "warning")
	page := gallery(t, dir)
	links := regexp.MustCompile(`(?:href|src|srcset)="(\./[^"]*)"`).FindAllStringSubmatch(page, -1)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, links, 8*(len(entries)-1), "eight links a folder")
	for _, link := range links {
		require.FileExists(t, filepath.Join(dir, unescape(t, link[1])))
	}
}

func TestGallery_EscapesWhatItShows(t *testing.T) {
	const attack = `<script>alert("1")</script><img src=x onerror='alert(2)'>`
	dir := t.TempDir()
	e := trivial("attack", func(p *Parameters) {
		Value(p, "note", attack, attack, attack, func(s string) (string, string, error) { return s, s, nil })
	})
	e.Question, e.Guide, e.Packages = attack, []string{attack}, []string{attack}
	declare := e.New
	e.New = func(p *Parameters) func(*Run) error {
		_ = declare(p)
		return func(r *Run) error {
			r.Table(attack).Row(attack)
			f := figure()
			f.Headline = `"><script>alert(3)</script>`
			r.Figure(f)
			r.Finding(Finding{Sentence: attack, Measured: 1, Bound: 2, Holds: true})
			return nil
		}
	}
	code, _, stderr := command(catalogue(e), "attack", "-note", attack+"!", "-out", dir)
	require.Equal(t, exitOK, code, stderr)
	page := gallery(t, dir)
	require.Contains(t, page, "<h3>&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;")
	require.Equal(t, 1, strings.Count(page, "<img "))
	require.NotContains(t, page, `"><script`)
}

func TestGallery_SkipsWhatIsNoResult(t *testing.T) {
	dir := t.TempDir()
	c := catalogue(queue(mm1))
	_, _, _ = command(c, "queue", "-out", dir)
	before := gallery(t, dir)
	put := func(name, data string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	}
	valid, err := os.ReadFile(filepath.Join(dir, "queue", "result.json"))
	require.NoError(t, err)
	put("broken/result.json", "{")
	put("empty/result.json", "")
	put("foreign/result.json", `{"passed": 12}`)
	put("typed/result.json", strings.Replace(string(valid), `"seed": 1`, `"seed": "one"`, 1))
	put("lonely/result.json", string(valid))
	put("huge/result.json", string(valid)+strings.Repeat(" ", maxResult))
	put("folder/result.json/x", "")
	put("none/readme.txt", "no result at all: nothing to warn of")
	put(".hidden/result.json", "{")
	put("result.json", "{")
	code, _, stderr := command(c, "queue", "-out", dir, "-quiet")
	require.Equal(t, exitOK, code)
	at := func(name string) string { return filepath.Join(dir, name, "result.json") }
	require.Equal(t, strings.Join([]string{
		"warning: left out of the gallery: " + at("broken") + ": unexpected end of JSON input",
		"warning: left out of the gallery: " + at("empty") + ": unexpected end of JSON input",
		"warning: left out of the gallery: " + at("folder") + " must be a file of at most 4194304 bytes",
		"warning: left out of the gallery: " + at("foreign") + " must be an experiment's result, with name, topic, question, command and findings",
		"warning: left out of the gallery: " + at("huge") + " must be a file of at most 4194304 bytes",
		"warning: left out of the gallery: " + at("lonely") + " must have data.csv beside it",
		"warning: left out of the gallery: " + at("typed") + ": json: cannot unmarshal string into Go struct field record.seed of type uint64",
	}, "\n")+"\n", stderr)
	require.Equal(t, before, gallery(t, dir))
}

// unescape turns a link back into a path, as a browser does.
func unescape(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(html.UnescapeString(link))
	require.NoError(t, err)
	return filepath.FromSlash(u.Path)
}
