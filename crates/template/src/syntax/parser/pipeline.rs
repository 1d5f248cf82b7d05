//! Pipelines: declarations, then commands.

use super::Parser;
use crate::error::Result;
use crate::syntax::node::{Command, Operand, Pipeline};
use crate::syntax::token::{Kind, Token};

impl<'text> Parser<'text> {
    /// A pipeline up to the token that ends it.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Result<Pipeline> {
        let position = self.peek_word().position;
        let mut pipeline = Pipeline { position, assigns: false, variables: Vec::new(), commands: Vec::new() };
        while self.declaration(&mut pipeline, context)? {}
        loop {
            let token = self.next_word();
            if token.kind == end {
                self.check(&pipeline, context)?;
                return Ok(pipeline);
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(&token, context));
            }
            self.back(token);
            let command = self.command()?;
            pipeline.commands.push(command);
        }
    }

    /// Reads a variable that is declared or assigned, if one comes next; gives whether another may follow.
    fn declaration(&mut self, pipeline: &mut Pipeline, context: &str) -> Result<bool> {
        if self.peek_word().kind != Kind::Variable {
            return Ok(false);
        }
        let variable = self.next();
        let space = (self.peek().kind == Kind::Space).then(|| self.next());
        let next = self.next_word();
        let is_comma = next.kind == Kind::Character && next.text == ",";
        if next.kind != Kind::Assign && next.kind != Kind::Declare && !is_comma {
            self.put_back(variable, space, next);
            return Ok(false);
        }
        pipeline.assigns = next.kind == Kind::Assign;
        pipeline.variables.push((*variable.text).into());
        self.scope.variables.push((*variable.text).into());
        if is_comma { self.second_declaration(pipeline, context) } else { Ok(false) }
    }

    fn put_back(&mut self, variable: Token<'text>, space: Option<Token<'text>>, next: Token<'text>) {
        self.back(next);
        self.pending.extend(space);
        self.back(variable);
    }

    /// Behind a comma, which only `range` knows.
    fn second_declaration(&mut self, pipeline: &Pipeline, context: &str) -> Result<bool> {
        if context != "range" || pipeline.variables.len() > 1 {
            return Err(self.error(format!("too many declarations in {context}")));
        }
        match self.peek_word().kind {
            Kind::Variable | Kind::RightDelimiter | Kind::RightParenthesis => Ok(true),
            _ => Err(self.error("range can only initialize variables")),
        }
    }

    fn check(&self, pipeline: &Pipeline, context: &str) -> Result<()> {
        if pipeline.commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (index, command) in pipeline.commands.iter().enumerate().skip(1) {
            if command.words.first().is_some_and(is_literal) {
                return Err(self.error(format!("non executable command in pipeline stage {}", index + 1)));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let mut command = Command { position: self.peek_word().position, words: Vec::new() };
        loop {
            self.peek_word();
            command.words.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelimiter | Kind::RightParenthesis => {
                    self.back(token);
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if command.words.is_empty() { Err(self.error("empty command")) } else { Ok(command) }
    }
}

fn starts_operand(kind: Kind) -> bool {
    use Kind::{
        Bool, CharacterConstant, Dot, Field, Identifier, LeftParenthesis, Nil, Number, QuotedText, RawText, Variable,
    };
    matches!(
        kind,
        Bool | CharacterConstant
            | Dot
            | Field
            | Identifier
            | LeftParenthesis
            | Nil
            | Number
            | QuotedText
            | RawText
            | Variable
    )
}

/// Whether the word can only be a value, never called.
fn is_literal(word: &Operand) -> bool {
    use Operand::{Bool, Dot, Nil, Number, Text};
    matches!(word, Bool { .. } | Dot { .. } | Nil { .. } | Number { .. } | Text { .. })
}
