// Intrusive reference counting: RefCounted<T> is the base, Ref<T> never null, RefPtr<T> may be.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "base/types.h"

namespace occlum {

/// Base of shared objects. The object is deleted by the last deref().
class RefCounted {
public:
    RefCounted() = default;
    RefCounted(const RefCounted&) = delete;
    RefCounted& operator=(const RefCounted&) = delete;

    void ref() const { count_.fetch_add(1, std::memory_order_relaxed); }
    void deref() const {
        if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }
    u32 ref_count() const { return count_.load(std::memory_order_relaxed); }

protected:
    virtual ~RefCounted() = default;

private:
    mutable std::atomic<u32> count_{1};
};

template <typename T>
class RefPtr {
public:
    RefPtr() = default;
    RefPtr(std::nullptr_t) {}
    RefPtr(T* object) : object_(object) {
        if (object_) object_->ref();
    }
    RefPtr(T& object) : RefPtr(&object) {}
    RefPtr(const RefPtr& other) : RefPtr(other.object_) {}
    RefPtr(RefPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <typename U>
    RefPtr(const RefPtr<U>& other) : RefPtr(static_cast<T*>(other.get())) {}
    ~RefPtr() {
        if (object_) object_->deref();
    }
    RefPtr& operator=(RefPtr other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }

    /// Takes over the reference that `new` gave.
    static RefPtr adopt(T* object) {
        RefPtr p;
        p.object_ = object;
        return p;
    }

    T* get() const { return object_; }
    T& operator*() const {
        if (!object_) __builtin_trap();
        return *object_;
    }
    T* operator->() const {
        if (!object_) __builtin_trap();
        return object_;
    }
    explicit operator bool() const { return object_ != nullptr; }
    bool operator==(const RefPtr& other) const = default;
    bool operator==(std::nullptr_t) const { return object_ == nullptr; }

private:
    T* object_ = nullptr;
};

/// A RefPtr that is never null (but after being moved from).
template <typename T>
class Ref {
public:
    Ref(T& object) : pointer_(object) {}
    template <typename U>
    Ref(const Ref<U>& other) : pointer_(static_cast<T&>(*other)) {}
    static Ref adopt(T& object) { return Ref(RefPtr<T>::adopt(&object)); }

    T* get() const { return &*pointer_; }
    T& operator*() const { return *pointer_; }
    T* operator->() const { return &*pointer_; }
    operator T&() const { return *pointer_; }
    operator RefPtr<T>() const { return pointer_; }
    bool operator==(const Ref& other) const = default;

private:
    explicit Ref(RefPtr<T> pointer) : pointer_(std::move(pointer)) {}
    RefPtr<T> pointer_;
};

/// Builds a T and adopts its first reference.
template <typename T, typename... Args>
Ref<T> make_ref(Args&&... args) {
    return Ref<T>::adopt(*new T(std::forward<Args>(args)...));
}

}  // namespace occlum
