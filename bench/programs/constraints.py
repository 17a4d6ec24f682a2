# A solver of one-way constraints in the manner of DeltaBlue: many small objects, virtual methods, lists.
class Variable:
    def __init__(self, value):
        self.value, self.constraints, self.determined_by, self.mark = value, [], None, 0
class Constraint:
    def __init__(self, strength, *variables):
        self.strength, self.variables, self.output = strength, variables, None
        for variable in variables: variable.constraints.append(self)
    def inputs(self): return [v for v in self.variables if v is not self.output]
    def choose(self, mark):
        free = [v for v in self.variables if v.mark != mark]
        if free: self.output = max(free, key=self.weight)
        return bool(free)
    def weight(self, variable):
        by = variable.determined_by
        return 100 if by is None else by.strength
class Equal(Constraint):
    def execute(self): self.output.value = self.inputs()[0].value
class Scale(Constraint):
    def __init__(self, strength, source, factor, offset, target):
        self.factor, self.offset = factor, offset
        super().__init__(strength, source, target)
    def choose(self, mark):
        free = [v for v in reversed(self.variables) if v.mark != mark]
        if free: self.output = free[0]
        return bool(free)
    def execute(self):
        source, target = self.variables
        if self.output is target: target.value = source.value * self.factor + self.offset
        else: source.value = (target.value - self.offset) // self.factor
class Planner:
    def __init__(self): self.mark = 0
    def plan(self, start):
        self.mark += 1
        start.mark = self.mark
        todo, steps = [start], []
        while todo:
            for constraint in todo.pop().constraints:
                if any(v.mark == self.mark for v in constraint.variables) and constraint.choose(self.mark):
                    constraint.output.determined_by, constraint.output.mark = constraint, self.mark
                    steps.append(constraint)
                    todo.append(constraint.output)
        return steps
def chain(count, rounds):
    variables = [Variable(0) for _ in range(count)]
    for a, b in zip(variables, variables[1:]): Equal(3, a, b)
    planner, total = Planner(), 0
    for value in range(rounds):
        variables[0].value = value
        for step in planner.plan(variables[0]): step.execute()
        total += variables[-1].value
    return total
def projection(count, rounds):
    pairs = [(Variable(n), Variable(0)) for n in range(count)]
    for source, target in pairs: Scale(2, source, 10, 1000, target)
    planner, total = Planner(), 0
    for value in range(rounds):
        for source, target in pairs:
            source.value = value + total % 7
            for step in planner.plan(source): step.execute()
            total += target.value
    return total
print(chain(2000, 120), projection(500, 400))
