//! The compile cost of one function: its instructions, the values that its branches and calls copy,
//! and the points where the values of its locals merge.

use wasmparser::{BlockType, FunctionBody, Operator};

use super::structure::{Module, SurveyFailure, check_limit};

/// Parameters and declared locals of one function.
const MAX_LOCALS: u64 = 10_000;
/// Blocks within each other.
const MAX_NESTING: u64 = 5_000;
/// The cost of one function: a compiler has no bound on what it takes for a large one.
const MAX_COST: u64 = 4_000_000;
/// The cost of a call through a table, which checks the function's type.
const INDIRECT: u64 = 20;
/// The number of pairs of a local and a block that cost as much as an instruction: a compiler uses
/// one machine word for each.
const PAIRS: u64 = 16;

/// Returns what a function costs.
///
/// # Errors
/// Returns an error if it costs more than `left`, or more than one function may.
pub(super) fn function_cost(
    body: &FunctionBody<'_>,
    function: u32,
    module: &Module,
    left: u64,
) -> Result<u64, SurveyFailure> {
    let arity = module.function_arity(function);
    let mut locals = u64::from(arity.params);
    for declared in body.get_locals_reader()? {
        locals += u64::from(declared?.0);
        check_limit("locals of a function", locals, MAX_LOCALS)?;
    }
    let mut walk = InstructionScan {
        module,
        frames: vec![Frame::of_function(arity.results)],
        accessed: vec![None; usize::try_from(locals).unwrap_or(0)],
        meetings: 0,
        used: 0,
        cost: locals,
    };
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        walk.take(&operators.read()?)?;
        check_limit("work for a compiler", walk.cost, left.min(MAX_COST))?;
    }
    Ok(walk.cost)
}

/// A block that is not at its end.
struct Frame {
    /// The number of values that a branch to it copies.
    branch: u32,
    /// Of a loop, the locals that were accessed in it so far, each once.
    accessed: Option<Vec<u32>>,
    /// The number of merge points before it.
    begun: u64,
}

impl Frame {
    fn of_function(results: u32) -> Self {
        Self {
            branch: results,
            accessed: None,
            begun: 0,
        }
    }
}

/// A pass over the instructions of one function.
struct InstructionScan<'a> {
    module: &'a Module,
    frames: Vec<Frame>,
    /// For each local, how many meetings there were when it was last accessed.
    accessed: Vec<Option<u64>>,
    /// Beginnings and ends of blocks so far: there, values that a local may have meet.
    meetings: u64,
    /// Locals that were accessed.
    used: u64,
    cost: u64,
}

impl InstructionScan<'_> {
    fn take(&mut self, operator: &Operator<'_>) -> Result<(), SurveyFailure> {
        self.cost += 1;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "most operators cost no more than 1"
        )]
        match *operator {
            Operator::Block { blockty } | Operator::If { blockty } => {
                self.begin_block(blockty, false)?
            }
            Operator::Loop { blockty } => self.begin_block(blockty, true)?,
            Operator::Else => self.meet_branch(),
            Operator::End => self.end_block(),
            Operator::LocalGet { local_index } => self.access_local(local_index, true),
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                self.access_local(local_index, false);
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.cost += self.branch_cost(relative_depth);
            }
            Operator::BrTable { ref targets } => {
                for target in targets.targets() {
                    self.cost += 1 + self.branch_cost(target?);
                }
                self.cost += self.branch_cost(targets.default());
            }
            Operator::Return => self.cost += self.frames.first().map_or(0, |one| one.branch.into()),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.cost += self.module.function_arity(function_index).total_count();
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. } => {
                self.cost += INDIRECT + self.module.arity_of_type(type_index).total_count();
            }
            _ => {}
        }
        Ok(())
    }

    fn begin_block(&mut self, of_type: BlockType, is_loop: bool) -> Result<(), SurveyFailure> {
        let (params, results) = match of_type {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => {
                let arity = self.module.arity_of_type(index);
                (arity.params, arity.results)
            }
        };
        self.cost += u64::from(params) + u64::from(results);
        self.meet_branch();
        self.frames.push(Frame {
            branch: if is_loop { params } else { results },
            accessed: is_loop.then(Vec::new),
            begun: self.meetings,
        });
        let nesting = u64::try_from(self.frames.len()).unwrap_or(u64::MAX);
        check_limit("blocks within each other", nesting, MAX_NESTING)
    }

    fn meet_branch(&mut self) {
        self.meetings += 1;
        self.cost += self.used / PAIRS;
    }

    /// Ends a block: at the end of a loop, merges its accesses with those before it.
    fn end_block(&mut self) {
        self.meet_branch();
        let ended = self.frames.pop();
        for local in ended.and_then(|one| one.accessed).unwrap_or_default() {
            self.access_local(local, true);
        }
    }

    /// Accesses a local. To read it, a compiler looks through the meetings since it was last accessed.
    fn access_local(&mut self, local: u32, is_read: bool) {
        let index = usize::try_from(local).unwrap_or(usize::MAX);
        let Some(last) = self.accessed.get_mut(index) else {
            return;
        };
        let before = last.replace(self.meetings);
        self.used += u64::from(before.is_none());
        if is_read {
            self.cost += self.meetings.saturating_sub(before.unwrap_or(0));
        }
        for frame in self.frames.iter_mut().rev() {
            // Where it was accessed in this block before, those around it know of it.
            if before.is_some_and(|before| before >= frame.begun) {
                break;
            }
            if let Some(accessed) = &mut frame.accessed {
                accessed.push(local);
            }
        }
    }

    fn branch_cost(&self, depth: u32) -> u64 {
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let target = self.frames.iter().rev().nth(depth);
        target.map_or(0, |one| one.branch.into())
    }
}
