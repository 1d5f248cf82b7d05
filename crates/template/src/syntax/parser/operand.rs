//! Words of a command: literals, fields, variables, functions, and pipelines in parentheses.

use super::{Parser, own};
use crate::error::Result;
use crate::print::quoted;
use crate::syntax::literal;
use crate::syntax::node::Operand;
use crate::syntax::token::{Kind, Token};

impl<'text> Parser<'text> {
    /// A term and the fields behind it; `None` where no term comes next.
    pub(super) fn operand(&mut self) -> Result<Option<Operand>> {
        let Some(term) = self.term()? else {
            return Ok(None);
        };
        let position = self.peek().position;
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            fields.push(field_name(&self.next()));
        }
        if fields.is_empty() {
            return Ok(Some(term));
        }
        self.with_fields(term, position, fields).map(Some)
    }

    /// Fields join those of a field or variable; behind anything else but a literal they make a chain.
    fn with_fields(&self, term: Operand, position: usize, fields: Vec<Box<str>>) -> Result<Operand> {
        match term {
            Operand::Field { mut names, .. } => {
                names.extend(fields);
                Ok(Operand::Field { position, names })
            }
            Operand::Variable { name, .. } => Ok(Operand::Variable { position, name, names: fields }),
            Operand::Function { .. } | Operand::Pipeline(_) | Operand::Chain { .. } => {
                Ok(Operand::Chain { position, base: Box::new(term), names: fields })
            }
            literal => Err(self.error(format!("unexpected . after term {}", quoted(&literal.to_string())))),
        }
    }

    fn term(&mut self) -> Result<Option<Operand>> {
        let token = self.next_word();
        let position = token.position;
        Ok(Some(match token.kind {
            Kind::Identifier => self.function(&token)?,
            Kind::Dot => Operand::Dot { position },
            Kind::Nil => Operand::Nil { position },
            Kind::Variable => self.variable(&token)?,
            Kind::Field => Operand::Field { position, names: vec![field_name(&token)] },
            Kind::Bool => Operand::Bool { position, value: token.text == "true" },
            Kind::Number | Kind::CharacterConstant => self.number(&token)?,
            Kind::QuotedText | Kind::RawText => self.text(token)?,
            Kind::LeftParenthesis => {
                let inner = |parser: &mut Self| parser.pipeline("parenthesized pipeline", Kind::RightParenthesis);
                Operand::Pipeline(Box::new(self.nested(inner)?))
            }
            _ => {
                self.back(token);
                return Ok(None);
            }
        }))
    }

    fn function(&self, token: &Token<'text>) -> Result<Operand> {
        let callee = self.functions.find(&token.text);
        let callee = callee.ok_or_else(|| self.error(format!("function {} not defined", quoted(&token.text))))?;
        Ok(Operand::Function { position: token.position, name: (*token.text).into(), callee })
    }

    fn variable(&self, token: &Token<'text>) -> Result<Operand> {
        let known = self.scope.variables.iter().rev().find(|name| ***name == *token.text);
        let name = known.ok_or_else(|| self.error(format!("undefined variable {}", quoted(&token.text))))?;
        Ok(Operand::Variable { position: token.position, name: name.clone(), names: Vec::new() })
    }

    fn number(&self, token: &Token<'text>) -> Result<Operand> {
        let read = if token.kind == Kind::Number { literal::number } else { literal::character };
        let number = read(&token.text).map_err(|problem| self.error(problem))?;
        Ok(Operand::Number { position: token.position, number })
    }

    fn text(&self, token: Token<'text>) -> Result<Operand> {
        let value = literal::unquote(&token.text).map_err(|problem| self.error(problem))?;
        Ok(Operand::Text { position: token.position, quoted: own(token.text), value: value.into() })
    }
}

/// A field's name without its dot.
fn field_name(token: &Token<'_>) -> Box<str> {
    token.text.strip_prefix('.').unwrap_or(&token.text).into()
}
