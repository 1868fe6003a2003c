//! Limits on the structure of a component, looked at before it is compiled.
//!
//! A compiler's work grows with more than the bytes that it reads: a few of them declare thousands
//! of locals, a branch copies every result of its block, and each loop carries what is set in it.
//! The cost that is counted here grows as that work does. A component may have so much of it for
//! each of its bytes, and one function so much in all.

use wasmparser::{
    BinaryReaderError, ComponentDefinedType, ComponentType, ComponentTypeDeclaration,
    CompositeInnerType, ElementItems, FunctionBody, InstanceTypeDeclaration, Parser, Payload,
    TypeRef,
};

use super::body::function_cost;

/// Modules, components and instances in a component, at any depth.
const MAX_PARTS: u64 = 1_000;
/// Types, imports, exports, aliases and the like in a component, at any depth.
const MAX_ITEMS: u64 = 100_000;
/// Fields, cases, names and parameters of the types of components.
const MAX_FIELDS: u64 = 50_000;
/// The cost that every component may have.
const BASE_COST: u64 = 500_000;
/// The further cost for each of its bytes. What compilers make costs about one.
const COST_PER_BYTE: u64 = 10;
/// The cost of an empty function: its entry, and the paths into it from outside.
const FUNCTION: u64 = 20;

/// Checks that compiling a component takes no more than its size explains. A component that cannot
/// be read is left to the compiler to refuse.
///
/// # Errors
/// Returns an error that says what there is too much of.
pub(super) fn check_structure(bytes: &[u8]) -> Result<(), String> {
    match survey_component(bytes) {
        Err(SurveyFailure::Of(what)) => Err(what),
        Ok(()) | Err(SurveyFailure::Unreadable) => Ok(()),
    }
}

fn survey_component(bytes: &[u8]) -> Result<(), SurveyFailure> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut survey = Survey {
        most: BASE_COST.saturating_add(size.saturating_mul(COST_PER_BYTE)),
        ..Survey::default()
    };
    for payload in Parser::new(0).parse_all(bytes) {
        survey.take(payload?)?;
    }
    Ok(())
}

/// The reason why a survey ends before its component does.
#[derive(Debug)]
pub(super) enum SurveyFailure {
    /// The bytes are no component.
    Unreadable,
    /// There is too much of something.
    Of(String),
}

impl From<BinaryReaderError> for SurveyFailure {
    fn from(_: BinaryReaderError) -> Self {
        Self::Unreadable
    }
}

/// Returns an error if there is more of something than there may be.
pub(super) fn check_limit(what: &str, count: u64, most: u64) -> Result<(), SurveyFailure> {
    if count > most {
        let text = format!("it has more {what} than a connector needs, which is at most {most}");
        Err(SurveyFailure::Of(text))
    } else {
        Ok(())
    }
}

/// The number of values that a function or block takes and returns.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arity {
    pub(super) params: u32,
    pub(super) results: u32,
}

impl Arity {
    pub(super) fn total_count(self) -> u64 {
        u64::from(self.params) + u64::from(self.results)
    }
}

/// The known facts about a module, or about a component, whose index spaces are not needed.
#[derive(Debug, Default)]
pub(super) struct Module {
    types: Vec<Arity>,
    /// The type of each function.
    functions: Vec<u32>,
    /// Functions that are imported or whose bodies were looked at.
    known: usize,
}

impl Module {
    /// Returns the arity of a type; a type that is not there is refused by the compiler.
    pub(super) fn arity_of_type(&self, index: u32) -> Arity {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.types.get(index).copied().unwrap_or_default()
    }

    /// Returns the arity of a function.
    pub(super) fn function_arity(&self, function: u32) -> Arity {
        let index = usize::try_from(function).unwrap_or(usize::MAX);
        let of_type = self.functions.get(index);
        of_type.map_or(Arity::default(), |index| self.arity_of_type(*index))
    }
}

/// The counts so far.
#[derive(Debug, Default)]
struct Survey {
    /// The modules and components that are not at their end, the innermost last.
    open: Vec<Module>,
    /// Stands for one where none is open.
    outside: Module,
    parts: u64,
    items: u64,
    fields: u64,
    cost: u64,
    most: u64,
}

impl Survey {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "sections of a component are counted elsewhere"
    )]
    fn take(&mut self, payload: Payload<'_>) -> Result<(), SurveyFailure> {
        match payload {
            Payload::Version { .. } => {
                self.open.push(Module::default());
                self.count_parts(1)
            }
            Payload::End(_) => {
                self.open.pop();
                Ok(())
            }
            Payload::CodeSectionEntry(body) => self.body(&body),
            Payload::InstanceSection(all) => self.count_parts(all.count()),
            Payload::ComponentInstanceSection(all) => self.count_parts(all.count()),
            other => self.visit_section(other),
        }
    }

    fn visit_section(&mut self, payload: Payload<'_>) -> Result<(), SurveyFailure> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the items of most sections cost the same"
        )]
        match payload {
            Payload::TypeSection(all) => {
                for group in all {
                    for one in group?.into_types() {
                        self.current_module()
                            .types
                            .push(arity(&one.composite_type.inner));
                        self.count_items(1)?;
                    }
                }
            }
            Payload::ImportSection(all) => {
                for import in all.into_imports() {
                    if let TypeRef::Func(of) | TypeRef::FuncExact(of) = import?.ty {
                        self.visit_function(of)?;
                        self.current_module().known += 1;
                    }
                    self.count_items(1)?;
                }
            }
            Payload::FunctionSection(all) => {
                for of in all {
                    self.visit_function(of?)?;
                }
            }
            Payload::ElementSection(all) => {
                for element in all {
                    self.count_items(match element?.items {
                        ElementItems::Functions(all) => all.count(),
                        ElementItems::Expressions(_, all) => all.count(),
                    })?;
                }
            }
            Payload::ComponentTypeSection(all) => {
                for one in all {
                    self.count_items(1)?;
                    self.component_type(&one?)?;
                }
            }
            other => self.count_items(count(&other))?,
        }
        Ok(())
    }

    /// Returns the module that is being read.
    fn current_module(&mut self) -> &mut Module {
        self.open.last_mut().unwrap_or(&mut self.outside)
    }

    fn count_parts(&mut self, count: u32) -> Result<(), SurveyFailure> {
        self.parts += u64::from(count);
        check_limit("modules and instances", self.parts, MAX_PARTS)
    }

    fn count_items(&mut self, count: u32) -> Result<(), SurveyFailure> {
        self.items += u64::from(count);
        check_limit(
            "types, imports, exports and elements",
            self.items,
            MAX_ITEMS,
        )
    }

    fn spend_cost(&mut self, cost: u64) -> Result<(), SurveyFailure> {
        self.cost = self.cost.saturating_add(cost);
        check_limit("work for a compiler", self.cost, self.most)
    }

    fn visit_function(&mut self, of_type: u32) -> Result<(), SurveyFailure> {
        let module = self.current_module();
        module.functions.push(of_type);
        let arity = module.arity_of_type(of_type);
        self.spend_cost(FUNCTION + 2 * arity.total_count())
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), SurveyFailure> {
        let left = self.most.saturating_sub(self.cost);
        let module = self.current_module();
        let function = u32::try_from(module.known).unwrap_or(u32::MAX);
        module.known += 1;
        let cost = function_cost(body, function, module, left)?;
        self.spend_cost(cost)
    }

    fn component_type(&mut self, one: &ComponentType<'_>) -> Result<(), SurveyFailure> {
        let fields = match one {
            ComponentType::Defined(defined) => field_count(defined),
            ComponentType::Func(function) => function.params.len(),
            ComponentType::Resource { .. } => 1,
            ComponentType::Component(all) => {
                for one in all {
                    if let ComponentTypeDeclaration::Type(one) = one {
                        self.component_type(one)?;
                    }
                }
                all.len()
            }
            ComponentType::Instance(all) => {
                for one in all {
                    if let InstanceTypeDeclaration::Type(one) = one {
                        self.component_type(one)?;
                    }
                }
                all.len()
            }
        };
        self.fields += u64::try_from(fields).unwrap_or(u64::MAX);
        check_limit("fields of types", self.fields, MAX_FIELDS)
    }
}

fn arity(of: &CompositeInnerType) -> Arity {
    let count = |values: usize| u32::try_from(values).unwrap_or(u32::MAX);
    match of {
        CompositeInnerType::Func(function) => Arity {
            params: count(function.params().len()),
            results: count(function.results().len()),
        },
        // The engine has none of these.
        CompositeInnerType::Array(_)
        | CompositeInnerType::Struct(_)
        | CompositeInnerType::Cont(_) => Arity::default(),
    }
}

/// Returns how many items a section has; sections that cost a compiler nothing have none.
#[expect(clippy::wildcard_enum_match_arm, reason = "most sections cost nothing")]
fn count(payload: &Payload<'_>) -> u32 {
    match payload {
        Payload::TableSection(all) => all.count(),
        Payload::MemorySection(all) => all.count(),
        Payload::GlobalSection(all) => all.count(),
        Payload::ExportSection(all) => all.count(),
        Payload::DataSection(all) => all.count(),
        Payload::CoreTypeSection(all) => all.count(),
        Payload::ComponentAliasSection(all) => all.count(),
        Payload::ComponentCanonicalSection(all) => all.count(),
        Payload::ComponentImportSection(all) => all.count(),
        Payload::ComponentExportSection(all) => all.count(),
        _ => 0,
    }
}

fn field_count(of: &ComponentDefinedType<'_>) -> usize {
    match of {
        ComponentDefinedType::Record(fields) => fields.len(),
        ComponentDefinedType::Variant(cases) => cases.len(),
        ComponentDefinedType::Tuple(types) => types.len(),
        ComponentDefinedType::Flags(names) | ComponentDefinedType::Enum(names) => names.len(),
        ComponentDefinedType::Primitive(_)
        | ComponentDefinedType::List(_)
        | ComponentDefinedType::Map(..)
        | ComponentDefinedType::FixedLengthList(..)
        | ComponentDefinedType::Option(_)
        | ComponentDefinedType::Result { .. }
        | ComponentDefinedType::Own(_)
        | ComponentDefinedType::Borrow(_)
        | ComponentDefinedType::Future(_)
        | ComponentDefinedType::Stream(_) => 1,
    }
}
