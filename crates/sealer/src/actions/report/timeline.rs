//! The timeline of a delivery as a picture: a row for each host, a bar for each step, drawn as SVG inside the page.

use super::html::escaped;
use super::words::{Words, seconds};
use sealer_cluster::report::{Delivered, End, Span};
use std::collections::BTreeMap;
use std::net::IpAddr;

const WIDTH: i64 = 960;
/// The room for hosts' addresses.
const LEFT: i64 = 150;
const ROW: i64 = 24;
const BAR: i64 = 16;
const TOP: i64 = 24;

/// The picture, and below it what the colours mean.
pub(super) fn picture(delivered: &Delivered, words: &Words) -> String {
    let end = |span: &Span| span.start + span.milliseconds.unwrap_or(0);
    let total = delivered.milliseconds.unwrap_or(0).max(delivered.steps.iter().map(end).max().unwrap_or(0)).max(1);
    let hosts = rows(delivered);
    let height = TOP + ROW * i64::try_from(hosts.len()).unwrap_or(0) + 8;
    let mut text =
        format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">\n", escaped(words.timeline));
    text.push_str(&axis(total, height));
    for (host, row) in &hosts {
        let y = TOP + ROW * row + BAR - 4;
        text.push_str(&format!("<text x=\"0\" y=\"{y}\">{host}</text>\n"));
    }
    let colours = colours(delivered);
    for span in &delivered.steps {
        text.push_str(&bar(span, total, hosts[&span.host], colours[span.step.as_str()], words));
    }
    text.push_str("</svg>\n");
    text + &legend(delivered, words)
}

/// The hosts in the order in which the first step came to them.
fn rows(delivered: &Delivered) -> BTreeMap<IpAddr, i64> {
    let mut rows = BTreeMap::new();
    for span in &delivered.steps {
        let next = i64::try_from(rows.len()).unwrap_or(0);
        rows.entry(span.host).or_insert(next);
    }
    rows
}

/// A colour for each step, as far apart on the circle as there are steps.
fn colours(delivered: &Delivered) -> BTreeMap<&str, usize> {
    let order = order(delivered);
    order.iter().enumerate().map(|(position, step)| (*step, position * 360 / order.len().max(1))).collect()
}

fn order(delivered: &Delivered) -> Vec<&str> {
    let mut order: Vec<&str> = Vec::new();
    for span in &delivered.steps {
        if !order.contains(&span.step.as_str()) {
            order.push(&span.step);
        }
    }
    order
}

fn x(at: i64, total: i64) -> i64 {
    LEFT + at.clamp(0, total) * (WIDTH - LEFT - 40) / total
}

/// Lines at round numbers of seconds, at most ten of them.
fn axis(total: i64, height: i64) -> String {
    let pace = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200].map(|pace| pace * 1000);
    let pace = pace.into_iter().find(|pace| total / pace <= 10).unwrap_or(total / 10 + 1);
    let mark = |at: i64| {
        let (x, seconds) = (x(at, total), at / 1000);
        format!(
            "<line x1=\"{x}\" x2=\"{x}\" y1=\"16\" y2=\"{height}\" class=\"axis\"/>\
             <text x=\"{x}\" y=\"11\" class=\"axis\">{seconds} s</text>\n"
        )
    };
    (0..=total / pace).map(|number| mark(number * pace)).collect()
}

fn bar(span: &Span, total: i64, row: i64, hue: usize, words: &Words) -> String {
    // what was cut off has no end: it is drawn to the end of the picture, dashed
    let end = span.milliseconds.map_or(total, |took| span.start + took);
    let (from, y) = (x(span.start, total), TOP + ROW * row);
    let width = (x(end, total) - from).max(1);
    let class = match span.end {
        End::Done | End::AlreadyDone => "bar",
        End::Failed(_) => "bar failed",
        End::CutOff => "bar cut",
    };
    let took = span.milliseconds.map(seconds).unwrap_or_default();
    let title = escaped(&format!("{} · {} · {took} {}", words.step(&span.step), span.host, words.end(&span.end)));
    format!(
        "<rect x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"{BAR}\" class=\"{class}\" \
         fill=\"hsl({hue} 60% 55%)\"><title>{title}</title></rect>\n"
    )
}

fn legend(delivered: &Delivered, words: &Words) -> String {
    let colours = colours(delivered);
    let item = |step: &&str| {
        let (hue, title) = (colours[*step], escaped(words.step(step)));
        format!("<li><i style=\"background:hsl({hue} 60% 55%)\"></i>{title}</li>")
    };
    format!("<ul class=\"legend\">{}</ul>\n", order(delivered).iter().map(item).collect::<String>())
}
