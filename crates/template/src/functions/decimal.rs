//! Numbers in decimal digits, for the float functions: Sprig adds 0.1 and 0.2 to 0.3.

use crate::error::{Error, Result};

/// A number of up to 38 digits; beyond that, a float.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decimal {
    /// `digits * 10^exponent`
    Exact {
        digits: i128,
        exponent: i32,
    },
    Float(f64),
}

impl Default for Decimal {
    fn default() -> Self {
        Self::Exact { digits: 0, exponent: 0 }
    }
}

/// Digits behind the point that a division keeps.
const PLACES: i32 = 16;

impl Decimal {
    pub(super) fn one() -> Self {
        Self::Exact { digits: 1, exponent: 0 }
    }

    /// The shortest digits of a float.
    pub(super) fn of(value: f64) -> Result<Self> {
        if !value.is_finite() {
            return Err(Error::function(format!("Cannot create a Decimal from {}", crate::number::general(value))));
        }
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits = mantissa.replace('.', "").parse().unwrap_or(0);
        let exponent = exponent.parse::<i32>().unwrap_or(0) - i32::try_from(places).unwrap_or(0);
        Ok(Self::Exact { digits, exponent })
    }

    pub(super) fn value(self) -> f64 {
        match self {
            Self::Exact { digits, exponent } => format!("{digits}e{exponent}").parse().unwrap_or(0.0),
            Self::Float(value) => value,
        }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self> {
        let exact = self
            .aligned(other)
            .and_then(|(one, two, exponent)| one.checked_add(two).map(|digits| Self::Exact { digits, exponent }));
        Ok(exact.unwrap_or_else(|| Self::Float(self.value() + other.value())))
    }

    pub(super) fn minus(self, other: Self) -> Result<Self> {
        let exact = self
            .aligned(other)
            .and_then(|(one, two, exponent)| one.checked_sub(two).map(|digits| Self::Exact { digits, exponent }));
        Ok(exact.unwrap_or_else(|| Self::Float(self.value() - other.value())))
    }

    pub(super) fn times(self, other: Self) -> Result<Self> {
        let exact = match (self, other) {
            (Self::Exact { digits: one, exponent }, Self::Exact { digits: two, exponent: more }) => {
                one.checked_mul(two).map(|digits| Self::Exact { digits, exponent: exponent + more })
            }
            _ => None,
        };
        Ok(exact.unwrap_or_else(|| Self::Float(self.value() * other.value())))
    }

    pub(super) fn over(self, other: Self) -> Result<Self> {
        if other.value() == 0.0 {
            return Err(Error::function("decimal division by 0"));
        }
        Ok(self.divided(other).unwrap_or_else(|| Self::Float(self.value() / other.value())))
    }

    /// Both numbers' digits at the smaller exponent.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let (Self::Exact { digits: one, exponent: first }, Self::Exact { digits: two, exponent: second }) =
            (self, other)
        else {
            return None;
        };
        let exponent = first.min(second);
        Some((scaled(one, first - exponent)?, scaled(two, second - exponent)?, exponent))
    }

    /// The quotient with [`PLACES`] digits behind the point, a half rounded away from zero.
    fn divided(self, other: Self) -> Option<Self> {
        let (Self::Exact { digits: one, exponent: first }, Self::Exact { digits: two, exponent: second }) =
            (self, other)
        else {
            return None;
        };
        let shift = first - second + PLACES;
        let (one, two) = if shift >= 0 { (scaled(one, shift)?, two) } else { (one, scaled(two, -shift)?) };
        let (quotient, rest) = (one.checked_div(two)?, one.checked_rem(two)?);
        let away = rest.checked_abs()?.checked_mul(2)? >= two.checked_abs()?;
        let step = if (one < 0) == (two < 0) { 1 } else { -1 };
        Some(Self::Exact { digits: if away { quotient + step } else { quotient }, exponent: -PLACES })
    }
}

fn scaled(digits: i128, places: i32) -> Option<i128> {
    digits.checked_mul(10_i128.checked_pow(u32::try_from(places).ok()?)?)
}
