//! Pages being filled from top to bottom: what is placed where, and what it is to whom listens to it.
//!
//! Two rounds: everything is placed first, so that the number of pages is known, then it is drawn.

use krilla::color::rgb;
use krilla::configure::Configuration;
use krilla::error::KrillaResult;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup, TagKind, TagTree};
use krilla::{Document, SerializeSettings, destination::XyzDestination};

use super::letters::{Colour, Line, REPLACEMENT};

/// A4, in points.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
/// Where content begins and ends, from the left.
pub(super) const LEFT: f32 = 51.0;
pub(super) const RIGHT: f32 = WIDTH - 51.0;
/// Where it begins on the first page and on all others, and ends, from the top.
const TOP: f32 = 51.0;
const TOP_OF_NEXT: f32 = 84.0;
const BOTTOM: f32 = HEIGHT - 76.0;
/// Lines that are the same on every page, from the top.
pub(super) const HEAD: f32 = 51.0;
pub(super) const FOOT: f32 = HEIGHT - 40.0;

/// A corner of a place, from the left and from the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub x: f32,
    pub y: f32,
}

/// Something to draw.
enum Mark {
    /// `y` is its baseline; `leaf` is its place in the tree, where it has one.
    Words {
        at: Spot,
        line: Line,
        role: Role,
    },
    /// A rectangle with round corners.
    Block {
        at: Spot,
        width: f32,
        height: f32,
        radius: f32,
        colour: Colour,
    },
    Picture {
        at: Spot,
        width: f32,
        height: f32,
        leaf: usize,
    },
}

/// What words are to whom listens.
enum Role {
    /// Content: the leaf with this number.
    Leaf(usize),
    /// Repeated on every page, or decoration.
    Artifact(ArtifactType),
}

/// A part of the tree of tags.
enum Node {
    Group(TagKind, Vec<Node>),
    Leaf(usize),
}

/// The pages of a document.
pub(super) struct Sheet {
    pages: Vec<Vec<Mark>>,
    /// Where the next thing goes on the last page.
    pub y: f32,
    /// Groups that are open, the innermost last; the first is the document.
    open: Vec<Vec<Node>>,
    leaves: usize,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self { pages: vec![Vec::new()], y: TOP, open: vec![Vec::new()], leaves: 0 }
    }

    /// Goes on on a new page where less than that is left; whether it did.
    pub(super) fn need(&mut self, height: f32) -> bool {
        let is_over = self.y + height > BOTTOM && self.y > TOP_OF_NEXT;
        if is_over {
            self.pages.push(Vec::new());
            self.y = TOP_OF_NEXT;
        }
        is_over
    }

    /// Everything placed in the meantime belongs to this tag.
    pub(super) fn within(&mut self, tag: impl Into<TagKind>, place: impl FnOnce(&mut Self)) {
        self.open.push(Vec::new());
        place(self);
        let children = self.open.pop().expect("it was pushed above");
        self.belongs(Node::Group(tag.into(), children));
    }

    /// Words that belong to the open tag; their top is at `y` from the sheet's own.
    pub(super) fn words(&mut self, x: f32, y: f32, line: Line) {
        if line.text.is_empty() {
            return;
        }
        let at = Spot { x, y: self.y + y + ascent(&line) };
        let role = Role::Leaf(self.leaf());
        self.draw(Mark::Words { at, line, role });
    }

    /// Words that end at `x`.
    pub(super) fn words_until(&mut self, x: f32, y: f32, line: Line) {
        self.words(x - line.width, y, line);
    }

    /// Lines one below the other that are a thing of their own; how high they are together.
    pub(super) fn lines(&mut self, tag: impl Into<TagKind>, x: f32, y: f32, lines: Vec<Line>) -> f32 {
        let mut height = 0.0;
        if lines.iter().any(|line| !line.text.is_empty()) {
            self.within(tag, |sheet| {
                for line in lines {
                    let leading = line.style.leading();
                    sheet.words(x, y + height, line);
                    height += leading;
                }
            });
        }
        height
    }

    /// Words of the page itself, on one of the pages; `y` is their baseline.
    pub(super) fn furniture(&mut self, page: usize, at: Spot, line: Line, kind: ArtifactType) {
        self.pages[page].push(Mark::Words { at, line, role: Role::Artifact(kind) });
    }

    /// What the tag's cells say once more on another page, for the eye alone.
    pub(super) fn again(&mut self, x: f32, y: f32, line: Line) {
        let at = Spot { x, y: self.y + y + ascent(&line) };
        self.draw(Mark::Words { at, line, role: Role::Artifact(ArtifactType::PaginationOther) });
    }

    /// A filled rectangle.
    pub(super) fn block(&mut self, x: f32, y: f32, size: (f32, f32), radius: f32, colour: Colour) {
        let at = Spot { x, y: self.y + y };
        self.draw(Mark::Block { at, width: size.0, height: size.1, radius, colour });
    }

    /// A thin line from left to right.
    pub(super) fn rule(&mut self, left: f32, right: f32, y: f32, colour: Colour) {
        self.block(left, y, (right - left, 0.6), 0.0, colour);
    }

    /// A place for the picture.
    pub(super) fn picture(&mut self, width: f32, height: f32) {
        let (at, leaf) = (Spot { x: LEFT, y: self.y }, self.leaf());
        self.draw(Mark::Picture { at, width, height, leaf });
    }

    pub(super) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// How many characters the font lacks.
    pub(super) fn replaced(&self) -> usize {
        let of_mark = |mark: &Mark| match mark {
            Mark::Words { line, .. } => line.text.matches(REPLACEMENT).count(),
            Mark::Block { .. } | Mark::Picture { .. } => 0,
        };
        self.pages.iter().flatten().map(of_mark).sum()
    }

    /// The document's bytes.
    pub(super) fn write(
        &self,
        title: &str,
        metadata: Metadata,
        picture: Option<&Image>,
        configuration: Configuration,
    ) -> KrillaResult<Vec<u8>> {
        let settings = SerializeSettings { configuration, enable_tagging: true, ..Default::default() };
        let mut document = Document::new_with(settings);
        document.set_metadata(metadata);
        let mut identifiers = vec![None; self.leaves];
        for marks in &self.pages {
            let size = PageSettings::from_wh(WIDTH, HEIGHT).expect("A4 has a size");
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for mark in marks {
                draw(&mut surface, mark, picture, &mut identifiers);
            }
            surface.finish();
            page.finish();
        }
        let mut tree = TagTree::new().with_lang(Some("en".to_owned()));
        for node in self.open.iter().flatten() {
            if let Some(node) = tagged(node, &identifiers) {
                tree.push(node);
            }
        }
        document.set_tag_tree(tree);
        let mut outline = Outline::new();
        let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
        outline.push_child(OutlineNode::new(title.to_owned(), top));
        document.set_outline(outline);
        document.finish()
    }

    fn leaf(&mut self) -> usize {
        let leaf = self.leaves;
        self.leaves += 1;
        self.belongs(Node::Leaf(leaf));
        leaf
    }

    fn belongs(&mut self, node: Node) {
        self.open.last_mut().expect("the document is never closed").push(node);
    }

    fn draw(&mut self, mark: Mark) {
        self.pages.last_mut().expect("there is a first page").push(mark);
    }
}

/// From the top of a line to its baseline.
fn ascent(line: &Line) -> f32 {
    line.style.size * 1.06
}

/// The tag with what was drawn for it.
fn tagged(node: &Node, identifiers: &[Option<Identifier>]) -> Option<krilla::tagging::Node> {
    match node {
        Node::Leaf(leaf) => identifiers[*leaf].map(Into::into),
        Node::Group(tag, children) => {
            let children = children.iter().filter_map(|child| tagged(child, identifiers)).collect();
            Some(TagGroup::with_children(tag.clone(), children).into())
        }
    }
}

fn draw(
    surface: &mut Surface<'_>,
    mark: &Mark,
    picture: Option<&Image>,
    identifiers: &mut [Option<Identifier>],
) {
    match mark {
        Mark::Words { at, line, role } => {
            let (tag, leaf) = match role {
                Role::Leaf(leaf) => (ContentTag::Span(SpanTag::empty()), Some(*leaf)),
                Role::Artifact(kind) => (ContentTag::Artifact(Artifact::with_kind(*kind)), None),
            };
            let identifier = surface.start_tagged(tag);
            if let Some(leaf) = leaf {
                identifiers[leaf] = Some(identifier);
            }
            surface.set_fill(Some(fill(line.style.colour)));
            let start = Point::from_xy(at.x, at.y);
            surface.draw_glyphs(start, &line.glyphs, line.style.font(), &line.text, line.style.size, false);
            surface.end_tagged();
        }
        Mark::Block { at, width, height, radius, colour } => {
            let Some(path) = rounded(*at, *width, *height, *radius) else { return };
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            surface.set_fill(Some(fill(*colour)));
            surface.draw_path(&path);
            surface.end_tagged();
        }
        Mark::Picture { at, width, height, leaf } => {
            let (Some(picture), Some(size)) = (picture, Size::from_wh(*width, *height)) else { return };
            identifiers[*leaf] = Some(surface.start_tagged(ContentTag::Other));
            surface.push_transform(&Transform::from_translate(at.x, at.y));
            surface.draw_image(picture.clone(), size);
            surface.pop();
            surface.end_tagged();
        }
    }
}

fn fill((red, green, blue): Colour) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        ..Default::default()
    }
}

fn rounded(at: Spot, width: f32, height: f32, radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    if radius <= 0.0 {
        path.push_rect(Rect::from_xywh(at.x, at.y, width, height)?);
        return path.finish();
    }
    let (left, top, right, bottom) = (at.x, at.y, at.x + width, at.y + height);
    // So far a control point is from the corner for the curve to be a quarter of a circle.
    let near = radius * 0.4477;
    path.move_to(left + radius, top);
    path.line_to(right - radius, top);
    path.cubic_to(right - near, top, right, top + near, right, top + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(right, bottom - near, right - near, bottom, right - radius, bottom);
    path.line_to(left + radius, bottom);
    path.cubic_to(left + near, bottom, left, bottom - near, left, bottom - radius);
    path.line_to(left, top + radius);
    path.cubic_to(left, top + near, left + near, top, left + radius, top);
    path.close();
    path.finish()
}
