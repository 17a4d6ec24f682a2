// expect: requires -frtti
struct Base {
    virtual ~Base() = default;
};
struct Derived : Base {};
Derived* down(Base* base) { return dynamic_cast<Derived*>(base); }
