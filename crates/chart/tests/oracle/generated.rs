//! Calls that nobody thought of: every function with arguments out of a pool, fitting ones mostly, and what comes of it printed in
//! one way or another. `SEALER_CHART_CALLS` says how many calls there are of each function, `SEALER_CHART_FUNCTION` names one.

use sealer_template::functions;

use crate::dice::Dice;
use crate::pair::Chart;
use crate::pool::{GO, LEFT_OUT, argument, kinds};
use crate::snippets::shown;

const VALUES: &str = include_str!("snippets/values.yaml");

#[test]
fn calls_nobody_thought_of_give_what_helm_gives() {
    let calls = std::env::var("SEALER_CHART_CALLS").map_or(6, |text| text.parse().unwrap());
    let only = std::env::var("SEALER_CHART_FUNCTION").ok();
    let Some(mut chart) = Chart::new(&[("values.yaml", VALUES)]) else { return };
    let names = functions::all().map(|(name, _)| name).chain(GO).filter(|name| !LEFT_OUT.contains(name));
    let (mut asked, mut differing) = (0, Vec::new());
    for (place, name) in names.enumerate() {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        for number in 0..calls {
            let template = template(name, &mut Dice::new(place as u64 * 1_000_003 + number));
            if is_endless(name, &template) {
                continue;
            }
            let Some(pair) = chart.ask(&template) else { continue };
            asked += 1;
            differing.extend((!pair.agrees()).then(|| shown(&template, &pair)));
        }
    }
    assert!(only.is_some() || asked > calls * 150, "only {asked} calls were asked");
    assert!(differing.is_empty(), "{} of {asked} differ\n{}", differing.len(), differing.join("\n"));
}

/// Whether Helm would count to a number that takes years.
fn is_endless(name: &str, template: &str) -> bool {
    let counts = ["until", "untilStep", "seq", "repeat", "indent", "nindent"].contains(&name)
        || template.starts_with("{{ range");
    counts
        && ["9223372036854775807", "1e21", ".Values.huge", ".Values.large"]
            .iter()
            .any(|number| template.contains(number))
}

/// How a result is shown.
const SHOWN: [&str; 12] = [
    "{{ CALL }}",
    "{{ CALL }}",
    "{{ CALL }}",
    "{{ CALL | toYaml }}",
    "{{ CALL | toJson }}",
    "{{ CALL | quote }}",
    "{{ printf \"%v %T\" (CALL) (CALL) }}",
    "{{ printf \"%#v\" (CALL) }}",
    "{{ if CALL }}yes{{ else }}no{{ end }}",
    "{{ CALL | toString | len }}",
    "{{ range CALL }}[{{ . }}]{{ else }}none{{ end }}",
    "{{ typeOf (CALL) }} {{ CALL | kindOf }}",
];

fn template(name: &str, dice: &mut Dice) -> String {
    let kinds = kinds(name);
    let mut words = vec![name.to_owned()];
    for kind in kinds.chars() {
        match kind {
            // the one before may come again
            '*' => {
                for _ in 0..dice.roll(3) {
                    let before = kinds.chars().take_while(|kind| *kind != '*').last().unwrap();
                    words.push(argument(before, dice, 1));
                }
            }
            kind => words.push(argument(kind, dice, 1)),
        }
    }
    if dice.one_in(24) {
        words.push(argument('v', dice, 1));
    }
    if dice.one_in(24) {
        words.pop();
    }
    dice.pick(&SHOWN).replace("CALL", &words.join(" "))
}
